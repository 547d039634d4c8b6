import type { CommandEntry } from '../command.ts';

/** The commands in the order of `bitwright --help`. A new one is a file in this folder and one entry here. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'operators',
    summary: 'print the layers and operators that are supported, with their formulas',
    example: 'operators > operations.md',
    load: async () => (await import('./operators.ts')).operators,
  },
  {
    name: 'completion',
    summary: 'print the shell completion of bash, zsh or fish',
    example: 'completion bash >> ~/.bashrc',
    load: async () => (await import('./completion.ts')).completion,
  },
];
