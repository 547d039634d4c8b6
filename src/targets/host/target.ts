import type { Target } from '../target.ts';
import { emitHost, planHost, replayHost } from './host.ts';
import { runHost } from './run.ts';
import { buildHost, findToolchain } from './toolchain.ts';

/** The machine on which bitwright itself runs. */
export const hostTarget: Target = {
  plan: planHost,
  replay: replayHost,
  emit: emitHost,
  async build(folder, cc) {
    const toolchain = findToolchain({ cc });
    return { executable: await buildHost(folder, toolchain), compiler: toolchain.name };
  },
  run: runHost,
};
