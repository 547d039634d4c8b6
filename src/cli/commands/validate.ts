import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { Program } from '../../program/program.ts';
import type { TargetName } from '../../targets/index.ts';
import type { Values } from '../../verify/deployment.ts';
import type { Sample } from '../../verify/samples.ts';
import { plural, thousands } from '../../verify/units.ts';
import type { Validation } from '../../verify/validation.ts';
import type { Define } from '../command.ts';
import type { TargetOptions } from '../compute.ts';
import { fileSource, withCheckpointOptions } from '../model-options.ts';
import { openPytorch, type PytorchOptions, pythonWithTorch } from '../pytorch.ts';
import { withPytorchOptions } from '../pytorch-options.ts';
import { computerNames, jsonOption, lowered, printJson } from '../road.ts';
import { simulationOf, withSimulatorOptions } from '../simulator-options.ts';
import { printTable, styled } from '../table.ts';

/** The last seed that numpy.random.RandomState takes. */
const largest = 2 ** 32 - 1;

const whole = (value: string): number => {
  if (!/^\d{1,10}$/.test(value) || Number(value) > largest)
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${largest}.`);
  return Number(value);
};

const others =
  'PyTorch was not asked: the two engines were compared with each other only. With a Python that has it (--python), its modules are the other side.';

/** What is compared with the fast engine: every tensor of one picture that it computes, by the name of its step. */
interface Judge {
  readonly name: string;
  expected(sample: Sample): Promise<Values>;
  close(): void;
}

/** bitwright validate CKPT: two computations of made-up pictures, integer by integer. Exit 0 only when all are equal. */
export const validate: Define = (command, io) =>
  withSimulatorOptions(
    withPytorchOptions(
      withCheckpointOptions(
        command
          .argument('<checkpoint>', 'an I-ViT checkpoint, or the bundle that was made of it')
          .option('--num-random <number>', 'pictures of random bytes beside the four patterns', whole, 10)
          .option('--seed <number>', 'of the random pictures, as numpy.random.RandomState takes it', whole, 42)
          .option('--no-pytorch', 'compare the two engines with each other, though there is a Python with PyTorch')
          .addOption(
            new Option('--target <target>', 'what computes the optimised Program').choices(computerNames).default('engine' as const),
          ),
      ),
    ),
  )
    .option('--cc <compiler>', 'C compiler of the target, as deploy takes it')
    .addOption(jsonOption())
    .action(async (checkpoint, { numRandom, seed, pytorch: wanted, python, ivitRepo, target, cc, json, ...options }) => {
      const simulation = simulationOf(options, target);
      const [{ loadModel }, { engines }, { pictureSample, pictureSide }, { quantiseSample }, { syntheticPictures }, validation] =
        await Promise.all([
          import('../load.ts'),
          import('../../verify/engines.ts'),
          import('../../verify/pictures.ts'),
          import('../../verify/samples.ts'),
          import('../../verify/synthetic.ts'),
          import('../../verify/validation.ts'),
        ]);
      const source = await fileSource(checkpoint, options);
      const { network, style } = await loadModel(source, io);
      const pictures = syntheticPictures(pictureSide(network), numRandom, seed);
      const [every, fused] = [await lowered(network, 'dyadic', { fuse: false }), await lowered(network, style)];
      const fast = await engines.fast();
      const found = fast(every);
      const optimised = target === 'engine' ? onEngine(fast(fused)) : await onTarget(target, fused, { cc, simulation });
      const output = every.outputs[0]!;
      const judge =
        wanted && source.kind === 'checkpoint' && (python !== undefined || ivitRepo !== undefined || pythonWithTorch() !== undefined)
          ? await pytorchJudge({ checkpoint, heads: options.heads, python, ivitRepo }, output)
          : await engineJudge(every);
      const progress = io.progress(`Validating ${plural(pictures.length, 'picture')}`, pictures.length);
      const results = [];
      try {
        for (const { name, picture } of pictures) {
          const sample = pictureSample(network, picture);
          const inputs = quantiseSample(every, sample);
          const theirs = await judge.expected(sample);
          const last = (await optimised.compute(quantiseSample(fused, sample))).get(fused.outputs[0]!)!;
          const values = new Map([...every.constants, ...found(inputs, 'steps'), [optimisedName, last]]);
          results.push(validation.validatePicture(name, output, values, new Map([...theirs, [optimisedName, theirs.get(output)!]])));
          progress.update(results.length);
          await new Promise((resolve) => setTimeout(resolve)); // the bar is drawn by a timer
        }
      } finally {
        progress.end();
        judge.close();
        await optimised.close();
      }
      const summary = validation.summarise(results);
      const report = { network: network.name, with: judge.name, pytorch: judge.name !== engineName, target, ...summary };
      io.out(json ? printJson(report) : describe(network.name, target, judge.name, summary, io.colour));
      io.setExitCode(summary.equal ? 0 : 1);
    });

/** What computes the optimised Program. */
interface Computer {
  compute(inputs: Values): Promise<Values>;
  close(): Promise<void>;
}

const onEngine = (run: (inputs: Values) => Values): Computer => ({ compute: async (inputs) => run(inputs), close: async () => {} });

async function onTarget(target: TargetName, program: Program, options: TargetOptions): Promise<Computer> {
  const { openTarget } = await import('../compute.ts');
  const { run, close } = await openTarget(target, program, options);
  return { compute: async (inputs) => (await run([inputs]))[0]!, close };
}

const engineName = 'the reference engine';

async function engineJudge(program: Program): Promise<Judge> {
  const [{ engines }, { quantiseSample }] = await Promise.all([import('../../verify/engines.ts'), import('../../verify/samples.ts')]);
  const run = (await engines.reference())(program);
  return { name: engineName, expected: async (sample) => run(quantiseSample(program, sample)), close: () => {} };
}

async function pytorchJudge(options: PytorchOptions, output: string): Promise<Judge> {
  const pytorch = await openPytorch(options);
  return {
    name: pytorch.what,
    async expected(sample) {
      const [picture] = sample.values();
      const { integers, logits } = await pytorch.compute(picture!);
      return new Map([...integers, [output, logits!]]);
    },
    close: pytorch.close,
  };
}

/** Beside the steps: what the Program with tables and joined steps ends in. */
const optimisedName = 'the outputs of the optimised Program';

function describe(network: string, target: string, judge: string, { pictures, ...summary }: Validation, colour: boolean): string {
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
    'found: top 5',
    'expected: top 5',
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
    `the fast engine${target === 'engine' ? '' : ` and ${target}`} compared with ${judge}`,
    `${network}: ${styled(verdict, equal ? 'green' : 'red', colour)}`,
    ...(judge === engineName ? [others] : []),
    '',
  ].join('\n');
}
