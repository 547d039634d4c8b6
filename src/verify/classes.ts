import { BadInput } from '../errors.ts';
import { readText } from '../formats/files.ts';
import type { NumberArray } from '../numeric/tensor.ts';
import { imagenetClasses } from './imagenet.ts';
import { topK } from './top.ts';

/** What a class is called. */
export interface ClassName {
  readonly label: string;
  /** Of a class of ImageNet. */
  readonly wnid?: string;
}

export interface Prediction extends Partial<ClassName> {
  /** From 1 on. */
  readonly rank: number;
  readonly class: number;
  readonly logit: number;
  /** Its share of the softmax over all classes, in double. */
  readonly probability: number;
}

/** The names of a network's classes: those of ImageNet where there are as many, none elsewhere. */
export const knownNames = (classes: number): readonly ClassName[] | undefined =>
  classes === imagenetClasses.length ? imagenetClasses.map(({ wnid, lemma }) => ({ wnid, label: lemma })) : undefined;

/** A text with a name on each line, in the order of the classes. A BadInput where there are more or fewer than `classes`. */
export async function readNames(path: string, classes: number): Promise<readonly ClassName[]> {
  const names = (await readText(path)).trimEnd().split(/\r?\n/);
  if (names.length === classes) return names.map((name) => ({ label: name.trim() }));
  throw new BadInput({
    where: path,
    found: `${names.length} lines`,
    expected: `a name for each of ${classes} classes`,
    remedy: 'give the file that belongs to this network',
  });
}

/** The `count` classes with the largest logits; of equal ones the lowest first. */
export function predict(logits: NumberArray, count: number, names?: readonly ClassName[]): Prediction[] {
  const ranked = topK(logits, count);
  const largest = ranked[0]?.value ?? 0;
  const total = (logits as Float64Array).reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return ranked.map(({ index, value }, at) => ({
    rank: at + 1,
    class: index,
    ...names?.[index],
    logit: value,
    probability: Math.exp(value - largest) / total,
  }));
}
