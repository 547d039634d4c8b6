import type { Define } from '../command.ts';

/** bitwright operators: the page "Supported operations", or with --layers "Supported layers". */
export const operators: Define = (command, io) =>
  command.option('--layers', 'the layers of a Brevitas model, their limits, and what to use instead of others').action(async (options) => {
    io.out(options.layers ? await layersPage() : await operationsPage());
  });

async function operationsPage(): Promise<string> {
  const [{ printOperations }, { layers }, registry] = await Promise.all([
    import('../operations.ts'),
    import('../../operators/layers.ts'),
    import('../../operators/index.ts'),
  ]);
  return printOperations(layers, registry.operators);
}

async function layersPage(): Promise<string> {
  const [{ printSupportedLayers }, { definitions }, { hints }] = await Promise.all([
    import('../supported-layers.ts'),
    import('../../importers/brevitas/index.ts'),
    import('../../importers/brevitas/hints.ts'),
  ]);
  return printSupportedLayers(definitions, hints);
}
