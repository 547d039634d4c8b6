import { commands } from '../../src/cli/commands/index.ts';
import { run } from '../../src/cli/run.ts';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly note: string;
}

/** Runs a command line in this process. */
export async function bitwright(...argv: readonly string[]): Promise<Ended> {
  let [out, note] = ['', ''];
  const code = await run(argv, commands, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (note += text) },
    env: {},
  });
  return { code, out, note };
}
