import { execFileSync, spawnSync } from 'node:child_process';
import { Command, Option } from '@commander-js/extra-typings';
import { describe, expect, test } from 'vitest';
import { shells } from '../../src/cli/completion.ts';

const program = new Command('bitwright');
program
  .command('extract')
  .description("trace a model in the user's Python")
  .argument('[model]')
  .option('--model-class <name>', 'the class [of the model]')
  .addOption(new Option('--format <format>', 'what to write').choices(['bundle', 'ares']))
  .option('--force', 'replace: anything');
program.command('evaluate').description('accuracy').argument('<model>');

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What bash offers for a command line whose last word is being typed. */
function offered(...words: string[]): string[] {
  const script = `${shells.bash(program)}
COMP_WORDS=(bitwright ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
_bitwright; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

describe('bash completion', () => {
  test.each([
    [[''], ['extract', 'evaluate']],
    [['ev'], ['evaluate']],
    [['--'], ['--help', '--version']],
    [
      ['extract', '--'],
      ['--model-class', '--format', '--force', '--help'],
    ],
    [['extract', '--mo'], ['--model-class']],
    [
      ['extract', '--format', ''],
      ['bundle', 'ares'],
    ],
    [['extract', '--format', 'a'], ['ares']],
    [['extract', 'my'], ['']],
  ])('offers for %j the words %j', (words, expected) => expect(offered(...words)).toEqual(expected));
});

test('zsh completion names every command and option, with special characters escaped', () => {
  const script = shells.zsh(program);
  expect(script).toContain(`'extract:trace a model in the user'\\''s Python'`);
  expect(script).toContain(String.raw`'*--model-class[the class \[of the model\]]:value:_files'`);
  expect(script).toContain("'*--format[what to write]:value:(bundle ares)'");
  expect(script).toContain(String.raw`'*--force[replace\: anything]'`);
});

test('fish completion names every command and option', () => {
  const script = shells.fish(program);
  expect(script).toContain("complete -c bitwright -n __fish_use_subcommand -f -a evaluate -d 'accuracy'");
  expect(script).toContain(
    "complete -c bitwright -n '__fish_seen_subcommand_from extract' -l format -x -a 'bundle ares' -d 'what to write'",
  );
});

test.each(['zsh', 'fish'] as const)('%s accepts its script, where it is installed', (shell) => {
  if (!has(shell)) return;
  expect(spawnSync(shell, ['-n'], { input: shells[shell](program) }).status).toBe(0);
});
