import { readFileSync } from 'node:fs';
import { Command, CommanderError, Help } from '@commander-js/extra-typings';
import { BadInput } from '../errors.ts';
import { type CommandEntry, type Io, Refusal } from './command.ts';
import { startProgress } from './progress.ts';

/** The part of a process that the command line needs. */
export interface Terminal {
  readonly stdout: { readonly isTTY?: boolean; write(content: string | Buffer): unknown };
  readonly stderr: { readonly isTTY?: boolean; readonly columns?: number; write(content: string | Buffer): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
}

const version = (): string => JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;

/** https://no-color.org; FORCE_COLOR is for those who pipe into a pager. */
const wantsColour = ({ stdout, env }: Terminal): boolean => !env['NO_COLOR'] && (stdout.isTTY === true || Boolean(env['FORCE_COLOR']));

/** The tree of commands. Those that `wanted` accepts have their arguments and options; the others a name and a summary. */
async function buildProgram(commands: readonly CommandEntry[], io: Io, wanted: (entry: CommandEntry) => boolean): Promise<Command> {
  const program = new Command('bitwright')
    .description('Exact integer firmware from quantised PyTorch networks, with the proof that every integer is right')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ optionDescription: (option) => new Help().optionDescription(option).replace(' (default: [])', '') })
    .configureOutput({
      writeOut: io.out,
      writeErr: io.note,
      outputError: (text, write) => write(text.replace(/^error: /, 'bitwright: ')),
    })
    .addHelpText('after', `\nExamples:\n${commands.map(({ example }) => `  bitwright ${example}`).join('\n')}`);
  for (const entry of commands) {
    const command = program.command(entry.name).description(entry.summary);
    command.addHelpText('after', `\nExample:\n  bitwright ${entry.example}`);
    if (wanted(entry)) (await entry.load())(command, io);
  }
  return program;
}

/**
 * Runs one command line (without `node` and the script) and returns its exit code: 2 for a command line that cannot be meant, 1 for a
 * user's mistake, shown as one sentence, or for an error of ours, shown with its stack.
 */
export async function run(argv: readonly string[], commands: readonly CommandEntry[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const note: Io['note'] = (content) => void terminal.stderr.write(content);
  const io: Io = {
    out: (content) => terminal.stdout.write(content),
    note,
    colour: wantsColour(terminal),
    progress: (title, total) => startProgress(title, total, terminal.stderr),
    setExitCode: (code) => {
      exitCode = code;
    },
    everyCommand: () => buildProgram(commands, io, () => true),
  };
  const program = await buildProgram(commands, io, ({ name }) => argv.includes(name));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // its message is out already
    if (error instanceof BadInput || error instanceof Refusal) note(`bitwright: ${error.message}\n`);
    else note(`${error instanceof Error ? error.stack : String(error)}\n`);
    return error instanceof Refusal ? error.exitCode : 1;
  }
}
