import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { openBatch } from '../engine/run-batch.ts';
import { BadInput } from '../errors.ts';
import { readImageFolder } from '../formats/images/folder.ts';
import type { PreprocessingName } from '../formats/images/preprocess.ts';
import type { PillowVersion } from '../formats/images/resample.ts';
import type { Network } from '../network/network.ts';
import { elements } from '../numeric/tensor.ts';
import type { Program } from '../program/program.ts';
import type { TargetName } from '../targets/index.ts';
import { knownNames } from '../verify/classes.ts';
import { type DatasetAccuracy, datasetAccuracy, type LabelledPicture, labelPictures, type Outcome } from '../verify/dataset.ts';
import { pictureInputs, pictureSide } from '../verify/pictures.ts';
import { topK } from '../verify/top.ts';
import { plural } from '../verify/units.ts';
import type { Io } from './command.ts';
import { openTarget, type TargetOptions } from './compute.ts';
import { readPicture } from './pictures.ts';
import { openResults, type Results } from './results-file.ts';

export interface DatasetOptions {
  readonly dataset: string;
  readonly preprocess: PreprocessingName;
  readonly pillow: PillowVersion;
  readonly workers: number;
  /** The first so many pictures, a class after the other in turn; all where absent. */
  readonly numSamples?: number | undefined;
  /** Where outcomes are kept. */
  readonly results?: string | undefined;
  /** What computes in place of the engine, and with what its firmware is built and run. */
  readonly target?: { readonly name: TargetName } & TargetOptions;
}

export interface DatasetEvaluation extends DatasetAccuracy {
  readonly seconds: number;
  /** Pictures that were computed now, and not in an evaluation before. */
  readonly computed: number;
}

/** The same for Programs that compute the same. */
function fingerprint(program: Program): string {
  const hash = createHash('sha256').update(JSON.stringify([[...program.inputs], program.steps, program.outputs]));
  for (const [name, { type, data }] of program.constants) {
    hash.update(JSON.stringify([name, type])).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** Pictures that are decoded while others are computed, for each worker. */
const ahead = 8;

/** The first picture of each class, then the second of each: any number of them is spread over the classes. */
function inTurn(pictures: readonly LabelledPicture[]): LabelledPicture[] {
  const seen = new Map<number, number>();
  const turns = pictures.map((picture) => {
    const turn = seen.get(picture.label) ?? 0;
    seen.set(picture.label, turn + 1);
    return { turn, picture };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ picture }) => picture);
}

/** The accuracy on a folder of pictures. Pictures that cannot be decoded are left out and listed. */
export async function evaluateDataset(network: Network, program: Program, options: DatasetOptions, io: Io): Promise<DatasetEvaluation> {
  const { dataset, preprocess, pillow, numSamples } = options;
  const side = pictureSide(network);
  const [output] = program.outputs;
  const classes = elements(program.steps.find(({ name }) => name === output)!.type.shape);
  const pictures = inTurn(labelPictures(dataset, await readImageFolder(dataset), classes)).slice(0, numSamples);
  const what = {
    ...{ network: network.name, program: fingerprint(program), dataset: await realpath(dataset), preprocess, pillow: String(pillow) },
    ...(options.target && { target: options.target.name }),
  };
  const results: Results = options.results === undefined ? { before: [], add: async () => {} } : await openResults(options.results, what);
  const known = new Map(results.before.map((outcome) => [`${outcome.label} ${outcome.image}`, outcome]));
  const keyOf = ({ image, label }: LabelledPicture): string => `${label} ${image}`;
  const missing = pictures.filter((picture) => !known.has(keyOf(picture)));
  const started = performance.now();
  await compute(network, program, missing, { ...options, side }, io, async (outcomes) => {
    await results.add(outcomes);
    for (const outcome of outcomes) known.set(keyOf(outcome), outcome);
  });
  const names = knownNames(classes);
  const accuracy = datasetAccuracy(
    pictures.map((picture) => known.get(keyOf(picture))!),
    (index) => names && `${names[index]!.wnid} ${names[index]!.label}`,
  );
  return { ...accuracy, seconds: (performance.now() - started) / 1000, computed: missing.length };
}

/** Decodes some pictures while the engine computes those before, and hands over the outcomes. */
async function compute(
  network: Network,
  program: Program,
  pictures: readonly LabelledPicture[],
  { side, workers, dataset, preprocess, pillow, target }: DatasetOptions & { readonly side: number },
  io: Io,
  keep: (outcomes: readonly Outcome[]) => Promise<void>,
): Promise<void> {
  if (pictures.length === 0) return;
  const toInputs = pictureInputs(program);
  const prepare = (part: readonly LabelledPicture[]) =>
    Promise.all(
      part.map(async (picture) => {
        try {
          return { picture, inputs: toInputs(await readPicture(join(dataset, picture.image), { side, preprocess, pillow })) };
        } catch (error) {
          if (!(error instanceof BadInput)) throw error;
          return { picture, skipped: error.complaint.found };
        }
      }),
    );
  const size = ahead * workers;
  const progress = io.progress(`Evaluating ${network.name} on ${plural(pictures.length, 'picture')}`, pictures.length);
  const batch = await (target ? openTarget(target.name, program, target) : openBatch(program, workers));
  const started = performance.now();
  try {
    let next = prepare(pictures.slice(0, size));
    for (let at = 0; at < pictures.length; at += size) {
      const part = await next;
      next = prepare(pictures.slice(at + size, at + 2 * size));
      next.catch(() => {}); // it is waited for in the next round, unless this one fails
      const good = part.filter((one): one is typeof one & { inputs: object } => one.inputs !== undefined);
      const values = await batch.run(good.map(({ inputs }) => inputs!));
      const rankOf = new Map(good.map(({ picture }, index) => [picture, topK(values[index]!.get(program.outputs[0]!)!.data, 5)]));
      await keep(
        part.map(({ picture, skipped }) => {
          const rank = rankOf.get(picture);
          return { ...picture, ...(rank ? { classes: rank.map(({ index }) => index) } : { skipped: skipped! }) };
        }),
      );
      const done = at + part.length;
      progress.update(done, `${(done / ((performance.now() - started) / 1000)).toFixed(1)} images/s`);
    }
  } finally {
    progress.end();
    await batch.close();
  }
}
