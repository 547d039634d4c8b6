import type { CommandEntry } from '../command.ts';

/** The commands in the order of `bitwright --help`. A new one is a file in this folder and one entry here. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'completion',
    summary: 'print the shell completion of bash, zsh or fish',
    example: 'completion bash >> ~/.bashrc',
    load: async () => (await import('./completion.ts')).completion,
  },
];
