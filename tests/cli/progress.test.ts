import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startProgress } from '../../src/cli/progress.ts';

let written: string[];
const stream = (isTTY: boolean) => ({ isTTY, columns: 60, write: (text: string) => written.push(text) });

beforeEach(() => {
  vi.useFakeTimers();
  written = [];
});
afterEach(() => vi.useRealTimers());

describe('on a terminal', () => {
  test('quick work shows nothing', () => {
    const progress = startProgress('Evaluating', 10, stream(true));
    vi.advanceTimersByTime(250);
    progress.update(10);
    progress.end();
    expect(written).toEqual([]);
  });

  test('slow work shows a bar with the time left, at most ten times a second, and erases it', () => {
    const progress = startProgress('Evaluating', 10, stream(true));
    vi.advanceTimersByTime(400);
    written = [];
    for (let done = 0; done < 5; done++) progress.update(done);
    expect(written).toEqual([]);
    progress.update(5);
    vi.advanceTimersByTime(600);
    expect(written.at(-1)).toBe('\r\x1b[2KEvaluating  ████████████░░░░░░░░░░░░  5/10  1 s left');
    progress.end();
    expect(written.at(-1)).toBe('\r\x1b[2K');
    const lines = written.length;
    vi.advanceTimersByTime(5000);
    expect(written).toHaveLength(lines);
  });

  test('on a narrow terminal the bar shrinks, then goes, and the title is cut: the numbers stay', () => {
    const shown = (title: string): string | undefined => {
      const progress = startProgress(title, 50_000, stream(true));
      vi.advanceTimersByTime(1000);
      progress.update(25_000, '9.5 images/s');
      vi.advanceTimersByTime(200);
      progress.end();
      return written.at(-2)?.slice('\r\x1b[2K'.length);
    };
    expect(shown('Evaluating')).toBe('Evaluating  █████░░░░░  25000/50000  2 s left  9.5 images/s');
    expect(shown('Evaluating pictures')).toBe('Evaluating pictures  25000/50000  2 s left  9.5 images/s');
    expect(shown('Evaluating a network of 1000 classes')).toBe('Evaluating a network …  25000/50000  2 s left  9.5 images/s');
  });

  test('work without a total shows the seconds, cut to the width of the terminal', () => {
    const progress = startProgress('Tracing', undefined, stream(true));
    progress.update(0, 'x'.repeat(100));
    vi.advanceTimersByTime(3000);
    progress.end();
    expect(written.at(-2)).toBe(`\r\x1b[2K${`Tracing  3 s  ${'x'.repeat(100)}`.slice(0, 59)}`);
  });
});

describe('elsewhere', () => {
  test('slow work prints its title once', () => {
    const progress = startProgress('Tracing', 10, stream(false));
    vi.advanceTimersByTime(10_000);
    progress.update(3);
    progress.end();
    expect(written).toEqual(['Tracing ...\n']);
  });

  test('quick work prints nothing', () => {
    const progress = startProgress('Tracing', 10, stream(false));
    vi.advanceTimersByTime(1900);
    progress.end();
    expect(written).toEqual([]);
  });
});
