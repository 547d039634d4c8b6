import type { Define } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { jsonOption, lowered, printJson, styleOption } from '../road.ts';

/** bitwright show MODEL or TEXT: a Network or a Program as text that parses back to the same value. */
export const show: Define = (command, io) =>
  withModelOptions(command)
    .option('--program', 'lower the network and print the Program')
    .addOption(styleOption())
    .option('--no-fuse', 'with --program: keep every call a step of its own')
    .option('--step <name>', 'only the layer or step of this name')
    .option('--out <directory>', 'write the text there, with its tensors, so that it can be read again')
    .addOption(jsonOption())
    .action(async (model, options) => {
      const [texts, { tensorStore }, { loadModel }] = await Promise.all([
        import('../texts.ts'),
        import('../../formats/store.ts'),
        import('../load.ts'),
      ]);
      const { program: lower, style, fuse, step, out, json } = options;
      const source = model?.endsWith('.txt') ? undefined : await sourceOf(model, options);
      const loaded = source && (await loadModel(source, io));
      const read = loaded ? { network: loaded.network } : await texts.readShown(model!);
      const chosen = style ?? loaded?.style ?? 'dyadic';
      const whole = 'network' in read && lower ? { program: await lowered(read.network, chosen, { fuse }) } : read;
      const shown = step === undefined ? whole : texts.onlyStep(whole, step);
      if (out !== undefined) io.note(`${await texts.writeShown(out, shown)} can be read again with bitwright show\n`);
      else io.out(json ? printJson(texts.describeShown(shown)) : texts.printShown(shown, tensorStore()));
    });
