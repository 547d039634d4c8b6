import type { Define } from '../command.ts';
import { jsonOption, printJson } from '../road.ts';

/** bitwright ops: the page "Supported operations". */
export const ops: Define = (command, io) =>
  command.addOption(jsonOption()).action(async ({ json }) => {
    const [{ printSupported, supportedJson }, { definitions: modules }, { hints }, { layers }, { operators }] = await Promise.all([
      import('../supported.ts'),
      import('../../importers/brevitas/index.ts'),
      import('../../importers/brevitas/hints.ts'),
      import('../../operators/layers.ts'),
      import('../../operators/index.ts'),
    ]);
    const supported = { modules, hints, layers, operators };
    io.out(json ? printJson(supportedJson(supported)) : printSupported(supported));
  });
