import { Argument } from '@commander-js/extra-typings';
import type { Define } from '../command.ts';

/** bitwright completion SHELL: a script made from the tree of commands, so it never lags behind. */
export const completion: Define = (command, io) =>
  command.addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish'] as const)).action(async (shell) => {
    const { shells } = await import('../completion.ts');
    io.out(shells[shell](await io.everyCommand()));
  });
