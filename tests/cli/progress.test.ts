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
