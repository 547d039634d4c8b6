import { describe, expect, test } from 'vitest';
import type { CommandEntry, Define } from '../../src/cli/command.ts';
import { UsageError } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';
import { BadInput } from '../../src/errors.ts';

let loaded: string[] = [];
const entry = (name: string, define: Define): CommandEntry => ({
  name,
  summary: `the summary of ${name}`,
  example: `${name} model`,
  load: async () => {
    loaded.push(name);
    return define;
  },
});
const failing = (error: unknown): Define => {
  return (command) =>
    command.action(() => {
      throw error;
    });
};

const commands: readonly CommandEntry[] = [
  entry('show', (command, io) =>
    command
      .argument('<file>')
      .option('--step <name>', 'only this step')
      .action((file, { step }) => io.out(`${file} ${step} ${io.colour}\n`)),
  ),
  entry('judge', (command, io) => command.action(() => io.setExitCode(1))),
  entry('refuse', failing(new BadInput({ where: 'x.npy', found: 'two', expected: 'one', remedy: 'remove one' }))),
  entry('confuse', failing(new UsageError('--model-class applies to a .py model'))),
  entry('crash', failing(new TypeError('our bug'))),
];

async function bitwright(...argv: string[]): Promise<{ code: number; out: string; note: string }> {
  let [out, note] = ['', ''];
  loaded = [];
  const code = await run(argv, commands, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (note += text) },
    env: {},
  });
  return { code, out, note };
}

describe('the command line', () => {
  test('runs one command and loads no other', async () => {
    expect(await bitwright('show', 'a.npy', '--step', 'conv1')).toEqual({ code: 0, out: 'a.npy conv1 false\n', note: '' });
    expect(loaded).toEqual(['show']);
  });

  test('lists every command with an example and loads none of them for --help', async () => {
    const { code, out } = await bitwright('--help');
    expect(code).toBe(0);
    for (const { name, summary, example } of commands) {
      expect(out).toContain(name);
      expect(out).toContain(summary);
      expect(out).toContain(`bitwright ${example}`);
    }
    expect(loaded).toEqual([]);
  });

  test.each([
    ['show', '--help'],
    ['help', 'show'],
  ])('prints the options and the example of a command for %s %s', async (...argv) => {
    const { code, out } = await bitwright(...argv);
    expect(code).toBe(0);
    expect(out).toMatch(/--step <name>\s+only this step/);
    expect(out).toContain('bitwright show model');
  });

  test('prints the version of the package', async () => {
    expect((await bitwright('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('ends with the code that a command sets', async () => {
    expect((await bitwright('judge')).code).toBe(1);
  });

  test('shows a user’s mistake as one sentence, with exit code 1', async () => {
    expect(await bitwright('refuse')).toEqual({ code: 1, out: '', note: 'bitwright: x.npy: found two, expected one. Remove one.\n' });
  });

  test('shows our own mistake with its stack', async () => {
    const { code, note } = await bitwright('crash');
    expect(code).toBe(1);
    expect(note).toMatch(/^TypeError: our bug\n {4}at .*run\.test\.ts/);
  });

  test.each([
    [['confuse'], /^bitwright: --model-class applies to a \.py model\n$/],
    [['shwo', 'a'], /^bitwright: unknown command 'shwo'\n\(Did you mean show\?\)\n$/],
    [['show'], /^bitwright: missing required argument 'file'\n$/],
    [['show', 'a', '--stpe', 'b'], /^bitwright: unknown option '--stpe'\n\(Did you mean --step\?\)\n$/],
    [['show', 'a', 'b'], /^bitwright: too many arguments for 'show'/],
    [[], /^Usage: bitwright/],
  ])('refuses %j with exit code 2', async (argv, note) => {
    const result = await bitwright(...argv);
    expect(result.code).toBe(2);
    expect(result.note).toMatch(note);
  });

  test.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
  ])('with environment %j and a terminal %j, colours are %j', async (env, isTTY, expected) => {
    let out = '';
    await run(['show', 'x'], commands, { stdout: { isTTY, write: (text) => (out += text) }, stderr: { write: () => {} }, env });
    expect(out).toBe(`x undefined ${expected}\n`);
  });
});
