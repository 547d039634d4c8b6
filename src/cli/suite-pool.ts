import { type ChildProcess, fork } from 'node:child_process';
import type { SuiteJob } from '../verify/suite/judge.ts';
import type { SuiteOutcome } from '../verify/suite/outcome.ts';

const worker = new URL('../../dist/cli/suite-worker.js', import.meta.url); // from src/ and from dist/ alike

/** One network in the process `child`; what ends the process is the outcome. */
const runIn = (child: ChildProcess, job: SuiteJob): Promise<SuiteOutcome> =>
  new Promise((resolve) => {
    const started = performance.now();
    const finish = (outcome: SuiteOutcome): void => {
      child.off('message', onMessage).off('exit', onExit);
      resolve(outcome);
    };
    const onMessage = (outcome: SuiteOutcome): void => finish(outcome);
    const onExit = (code: number | null, signal: string | null): void => {
      const reason = `its process ended with ${signal ?? `exit code ${code}`}`;
      finish({ id: job.id, name: job.name, status: 'failed', reason, seconds: (performance.now() - started) / 1000 });
    };
    child.on('message', onMessage).on('exit', onExit);
    child.send(job);
  });

export interface PoolEvents {
  started(job: SuiteJob): void;
  finished(outcome: SuiteOutcome): void;
}

/**
 * Runs jobs on so many processes, in their order. Returns when all have finished, or `signal` says to stop: what runs then is ended, and has no
 * outcome.
 */
export async function runPool(jobs: readonly SuiteJob[], processes: number, events: PoolEvents, signal: AbortSignal): Promise<void> {
  const waiting = [...jobs];
  const children = new Set<ChildProcess>();
  signal.addEventListener('abort', () => {
    for (const child of children) child.kill('SIGKILL');
  });
  const start = (): ChildProcess => {
    const child = fork(worker, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  const work = async (): Promise<void> => {
    let child = start();
    for (let job = waiting.shift(); job && !signal.aborted; job = waiting.shift()) {
      if (!children.has(child)) child = start();
      events.started(job);
      const outcome = await runIn(child, job);
      if (!signal.aborted) events.finished(outcome);
    }
    child.kill();
  };
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, work));
}
