import type { Define } from '../command.ts';

/** bitwright operators: the page "Supported operations". */
export const operators: Define = (command, io) =>
  command.action(async () => {
    const [{ printOperations }, { layers }, registry] = await Promise.all([
      import('../operations.ts'),
      import('../../operators/layers.ts'),
      import('../../operators/index.ts'),
    ]);
    io.out(printOperations(layers, registry.operators));
  });
