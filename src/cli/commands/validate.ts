import { InvalidArgumentError } from '@commander-js/extra-typings';
import { plural, thousands } from '../../verify/units.ts';
import type { Validation } from '../../verify/validation.ts';
import type { Define } from '../command.ts';
import { fileSource, withCheckpointOptions } from '../model-options.ts';
import { jsonOption, lowered, printJson } from '../road.ts';
import { printTable, styled } from '../table.ts';

const whole = (value: string): number => {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 0 on.');
  return Number(value);
};

const others =
  'PyTorch with the modules of I-ViT was not asked: the two engines were compared with each other only. bitwright compare reads what it dumped.';

/** bitwright validate CKPT: two computations of made-up pictures, integer by integer. Exit 0 only when all are equal. */
export const validate: Define = (command, io) =>
  withCheckpointOptions(command)
    .argument('<checkpoint>', 'an I-ViT checkpoint, or the bundle that was made of it')
    .option('--num-random <number>', 'pictures of random bytes beside the four patterns', whole, 10)
    .option('--seed <number>', 'of the random pictures, as numpy.random.RandomState takes it', whole, 42)
    .addOption(jsonOption())
    .action(async (checkpoint, { numRandom, seed, json, ...options }) => {
      const [{ loadModel }, { engines }, { pictureInputs, pictureSide }, { syntheticPictures }, { summarise, validatePicture }] =
        await Promise.all([
          import('../load.ts'),
          import('../../verify/engines.ts'),
          import('../../verify/pictures.ts'),
          import('../../verify/synthetic.ts'),
          import('../../verify/validation.ts'),
        ]);
      const source = await fileSource(checkpoint, options);
      const { network, style } = await loadModel(source, io);
      const pictures = syntheticPictures(pictureSide(network), numRandom, seed);
      const [every, fused] = [await lowered(network, 'dyadic', { fuse: false }), await lowered(network, style)];
      const [reference, fast] = [await engines.reference(), await engines.fast()];
      const [expected, found, optimised] = [reference(every), fast(every), fast(fused)];
      const output = every.outputs[0]!;
      const progress = io.progress(`Validating ${plural(pictures.length, 'picture')}`, pictures.length);
      const results = [];
      try {
        for (const { name, picture } of pictures) {
          const inputs = pictureInputs(every)(picture);
          const values = new Map(found(inputs, 'steps'));
          const last = optimised(pictureInputs(fused)(picture)).get(fused.outputs[0]!)!;
          const theirs = expected(inputs);
          values.set(optimisedName, last);
          results.push(validatePicture(name, output, values, new Map([...theirs, [optimisedName, theirs.get(output)!]])));
          progress.update(results.length);
          await new Promise((resolve) => setTimeout(resolve)); // the bar is drawn by a timer
        }
      } finally {
        progress.end();
      }
      const validation = summarise(results);
      io.out(json ? printJson({ network: network.name, pytorch: false, ...validation }) : describe(network.name, validation, io.colour));
      io.setExitCode(validation.equal ? 0 : 1);
    });

/** Beside the steps: what the Program with tables and joined steps ends in. */
const optimisedName = 'the outputs of the optimised Program';

function describe(network: string, { pictures, ...summary }: Validation, colour: boolean): string {
  const rows = pictures.map((picture) => [
    picture.name,
    picture.found.join(' '),
    picture.expected.join(' '),
    `${picture.overlap}/5`,
    Number(picture.largestDifference.toPrecision(3)),
    Number(picture.meanDifference.toPrecision(3)),
    picture.correlation.toFixed(6),
    { text: picture.mismatches, ...(picture.mismatches > 0 && { style: 'red' as const }) },
    picture.first ?? '',
  ]);
  const titles = [
    'picture',
    'fast: top 5',
    'reference: top 5',
    'overlap',
    'max |diff|',
    'mean |diff|',
    'correlation',
    'mismatches',
    'first',
  ];
  const { agreement, meanOverlap, meanCorrelation, similar, elements, mismatches, equal } = summary;
  const verdict = `${thousands(elements)} integers of ${plural(pictures.length, 'picture')}, ${plural(mismatches, 'mismatch', 'mismatches')}`;
  return [
    printTable(titles, rows, { colour }).trimEnd(),
    '',
    `top-1 agreement ${(100 * agreement).toFixed(1)} %, mean top-5 overlap ${meanOverlap.toFixed(2)}/5, mean correlation ${meanCorrelation.toFixed(6)}`,
    `similar, as the older flow asked (80 %, 0.9): ${similar ? 'yes' : 'no'}`,
    `${network}: ${styled(verdict, equal ? 'green' : 'red', colour)}`,
    others,
    '',
  ].join('\n');
}
