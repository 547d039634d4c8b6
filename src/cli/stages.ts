import type { Io } from './command.ts';
import type { Progress } from './progress.ts';
import { styled } from './table.ts';

/** Does one stage of a longer road, and returns its result. */
export type Stage = <T>(name: string, work: (progress: Progress) => Promise<T>, say: (result: T) => string, total?: number) => Promise<T>;

const nameWidth = 8;

/**
 * Stages of a road, one after the other: each shows a bar or a clock while it runs, and one line on standard error when it is done, with
 * what it made and how long it took.
 */
export const stages =
  (io: Io): Stage =>
  async (name, work, say, total) => {
    const started = performance.now();
    const progress = io.progress(name, total);
    let result: Awaited<ReturnType<typeof work>>;
    try {
      result = await work(progress);
    } finally {
      progress.end();
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    io.note(`${styled('✓', 'green', io.colour)} ${name.padEnd(nameWidth)} ${say(result)} ${styled(`(${seconds} s)`, 'dim', io.colour)}\n`);
    return result;
  };
