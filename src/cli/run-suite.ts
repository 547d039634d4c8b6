import { join } from 'node:path';
import { kindOf } from '../formats/files.ts';
import type { SuiteJob } from '../verify/suite/judge.ts';
import type { SuiteOutcome } from '../verify/suite/outcome.ts';
import { plural } from '../verify/units.ts';
import type { Io } from './command.ts';
import { statusCell } from './describe-suite.ts';
import { runPool } from './suite-pool.ts';
import { styled } from './table.ts';

export interface SuiteRun {
  /** In the order of the jobs, of every network. */
  readonly outcomes: readonly SuiteOutcome[];
  /** The user stopped it: what had not finished did not run. */
  readonly interrupted: boolean;
  readonly seconds: number;
}

/** What a user, and a clock that limits a command, stop it with. */
const stopping = ['SIGINT', 'SIGTERM'] as const;

const notRun = ({ id, name }: SuiteJob, reason: string): SuiteOutcome => ({ id, name, status: 'not run', reason, seconds: 0 });

/** Runs the jobs whose bundles are there, with a bar of how many have finished and a line for each. */
export async function runSuite(jobs: readonly SuiteJob[], processes: number, io: Io): Promise<SuiteRun> {
  const started = performance.now();
  const kinds = await Promise.all(jobs.map(({ bundle }) => kindOf(join(bundle, 'bundle.json'))));
  const there = jobs.filter((_, index) => kinds[index] === 'file');
  const outcomes = new Map<string, SuiteOutcome>();
  const running = new Set<string>();
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  for (const name of stopping) process.on(name, onInterrupt);
  const progress = io.progress(`Running ${plural(there.length, 'network')}`, there.length);
  const update = (): void => progress.update(outcomes.size, [...running].join(' '));
  try {
    const events = {
      started({ id }: SuiteJob) {
        running.add(id);
        update();
      },
      finished(outcome: SuiteOutcome) {
        running.delete(outcome.id);
        outcomes.set(outcome.id, outcome);
        progress.line(`${outcome.id.padEnd(4)} ${styledStatus(outcome, io)} ${outcome.name} (${outcome.seconds.toFixed(1)} s)`);
        update();
      },
    };
    await runPool(there, processes, events, stop.signal);
  } finally {
    progress.end();
    for (const name of stopping) process.off(name, onInterrupt);
  }
  const reason = ({ bundle }: SuiteJob): string =>
    there.some((job) => job.bundle === bundle) ? 'it was stopped before' : `there is no bundle ${bundle}; make it with models/make.py`;
  return {
    outcomes: jobs.map((job) => outcomes.get(job.id) ?? notRun(job, reason(job))),
    interrupted: stop.signal.aborted,
    seconds: (performance.now() - started) / 1000,
  };
}

const styledStatus = ({ status }: SuiteOutcome, { colour }: Io): string => {
  const { text, style } = statusCell(status);
  return styled(text.padEnd(9), style, colour);
};
