#!/usr/bin/env node
import { commands } from './commands/index.ts';
import { run } from './run.ts';

/** A command that listens itself ends in its own way. */
process.on('SIGINT', () => {
  if (process.listenerCount('SIGINT') === 1) process.exit(130);
});
process.on('SIGTERM', () => process.exit(143));
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error; // a reader such as `head` that has read enough is no mistake
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), commands, process);
