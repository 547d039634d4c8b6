import { kindOf, readBytes } from '../../formats/files.ts';
import { parseNpy } from '../../formats/npy.ts';
import type { Network } from '../../network/network.ts';
import type { Program } from '../../program/program.ts';
import { sampleOf } from '../agree/framework.ts';
import { accuracyOf, classes } from '../evaluate.ts';
import { computeGolden } from '../golden.ts';
import { splitSamples } from '../samples.ts';
import { topK } from '../top.ts';

/** How a network classifies inputs that its bundle does not hold, beside its source framework. */
export interface ClassFigures {
  readonly samples: number;
  /** Samples whose largest output is the framework's. */
  readonly same: number;
  /** Samples that are classified as their label says: in integers, and by the framework; absent without labels. */
  readonly right?: { readonly integers: number; readonly framework: number };
}

const arrayOf = async (where: string) => ({ where, array: parseNpy(await readBytes(where), where) });

/** Of the files that `models/make.py --more` writes beside a bundle: <bundle>.inputs.npy, .inputs1.npy, ..., .logits.npy, .labels.npy. */
export async function classFigures(network: Network, program: Program, bundle: string): Promise<ClassFigures | undefined> {
  const file = (role: string): string => `${bundle}.${role}.npy`;
  if ((await kindOf(file('logits'))) !== 'file') return undefined;
  const inputs = await Promise.all([...network.inputs.keys()].map((_, index) => arrayOf(file(`inputs${index || ''}`))));
  const samples = splitSamples(network.inputs, inputs);
  const [output] = program.outputs;
  const outputs = (await computeGolden(program, samples, { keep: 'outputs' })).map((values) => values.get(output!)!);
  const { array: logits } = await arrayOf(file('logits'));
  const theirs = samples.map((_, sample) => topK(sampleOf(logits, sample, samples.length).data, 1)[0]!.index);
  const same = accuracyOf(outputs, theirs).top1;
  if ((await kindOf(file('labels'))) !== 'file') return { samples: samples.length, same };
  const labels = classes(await arrayOf(file('labels')), samples.length);
  const framework = theirs.filter((found, sample) => found === labels[sample]).length;
  return { samples: samples.length, same, right: { integers: accuracyOf(outputs, labels).top1, framework } };
}
