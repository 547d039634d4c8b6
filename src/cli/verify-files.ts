import { join } from 'node:path';
import { kindOf } from '../formats/files.ts';
import { operators } from '../operators/index.ts';
import type { Program } from '../program/program.ts';
import { firstDifference, judgePairs, type StepVerdict, type Values } from '../verify/deployment.ts';
import { type ReadTensor, readsOf, sentenceOf } from '../verify/explain.ts';
import { type FoundLayer, readRun } from '../verify/run-files.ts';
import { stepFacts } from '../verify/steps.ts';
import { readShown } from './texts.ts';

export interface JudgedFiles {
  readonly steps: readonly StepVerdict[];
  /** Golden tensors of which the run has no file. */
  readonly absent: readonly string[];
  readonly explained?: { readonly sentence: string; readonly reads: readonly ReadTensor[] };
}

/** The Program, where bitwright golden wrote it beside the tensors. */
async function programIn(golden: string): Promise<Program | undefined> {
  const path = join(golden, 'program.txt');
  const shown = (await kindOf(path)) === 'file' ? await readShown(path) : undefined;
  return shown && 'program' in shown ? shown.program : undefined;
}

/** Compares a folder of tensors with the golden ones, in the golden order. */
export async function judgeFiles(run: string, golden: string): Promise<JudgedFiles> {
  const program = await programIn(golden);
  const layers = await readRun(run, golden, program?.outputs);
  const facts = new Map(program && stepFacts(program, operators).map((known) => [known.step, known]));
  const steps = layers.flatMap(({ name, golden: wanted, found }): StepVerdict[] => {
    if (!found) return [];
    const known = facts.get(name) ?? { step: name, operator: '', type: wanted[0]!.type, macs: 0, reads: [] };
    return [{ ...known, ...judgePairs(wanted.map((expected, sample) => ({ sample, expected, found: found[sample]! }))) }];
  });
  const absent = layers.filter(({ found }) => !found).map(({ name }) => name);
  const differing = firstDifference({ steps });
  if (!differing) return { steps, absent };
  const samples = layers[0]!.golden.length;
  const reads = readsOf(differing, byCase(layers, samples, 'golden'), byCase(layers, samples, 'found'));
  return { steps, absent, explained: { sentence: sentenceOf(differing), reads } };
}

const byCase = (layers: readonly FoundLayer[], samples: number, side: 'golden' | 'found'): Values[] =>
  Array.from(
    { length: samples },
    (_, sample) => new Map(layers.flatMap((layer) => (layer[side] ? [[layer.name, layer[side][sample]!]] : []))),
  );
