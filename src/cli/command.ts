import type { Command, CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Progress } from './progress.ts';

/** What a command may touch, so that a test can run it without a process. */
export interface Io {
  /** Results, on standard output, as they are: a program's bytes need not be text. */
  readonly out: (content: string | Buffer) => void;
  /** What is said beside the result, on standard error. */
  readonly note: (content: string | Buffer) => void;
  /** Whether `out` understands colours and the user wants them. */
  readonly colour: boolean;
  readonly progress: (title: string, total?: number) => Progress;
  /** What the process will end with; 0 unless a command says otherwise. */
  readonly setExitCode: (code: number) => void;
  /** The tree of all commands, each defined in full. */
  readonly everyCommand: () => Promise<CommandUnknownOpts>;
}

/**
 * Gives a command its arguments, options and action. Only the command that the user typed is defined in full, so a module in
 * cli/commands may import what its options need; what is heavy is imported in the action.
 */
export type Define = (command: Command, io: Io) => unknown;

/** One line of `bitwright --help`. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** A command line that a user can type as it is, without the leading `bitwright`. */
  readonly example: string;
  readonly load: () => Promise<Define>;
}

/** A sentence that was complete before it came here, such as one of the Python bridge: it is shown alone. */
export class Refusal extends Error {
  readonly exitCode: number = 1;
}

/** A command line that cannot be meant. */
export class UsageError extends Refusal {
  override readonly exitCode = 2;
}
