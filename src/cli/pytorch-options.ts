import type { Command } from '@commander-js/extra-typings';

/** Which Python runs PyTorch, and which modules of I-ViT it runs. */
export const withPytorchOptions = <A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) =>
  command
    .option('--python <program>', 'Python with PyTorch (default: BITWRIGHT_PYTHON, or python3)')
    .option('--ivit-repo <directory>', "your checkout of zkkli/I-ViT: run its modules in place of the bridge's");
