#!/usr/bin/env node
import { commands } from './commands/index.ts';
import { run } from './run.ts';

/** A command that listens itself ends in its own way. */
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(code);
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error; // a reader such as `head` that has read enough is no mistake
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), commands, process);
