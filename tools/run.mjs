import { spawn } from 'node:child_process';

/** Runs a command quietly: one line on standard error when it takes more than two seconds, all that it printed when it fails. */
export async function run(message, command, args, options = {}) {
  const started = Date.now();
  const late = setTimeout(() => process.stderr.write(`${message} ...\n`), 2000);
  const printed = [];
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (data) => printed.push(data));
  child.stderr.on('data', (data) => printed.push(data));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject)).finally(() => clearTimeout(late));
  if (code === 0) return ((Date.now() - started) / 1000).toFixed(0);
  process.stderr.write(Buffer.concat(printed));
  process.stderr.write(`${message}: ${command} ${args.join(' ')} failed\n`);
  process.exit(1);
}
