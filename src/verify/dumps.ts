import { BadInput } from '../errors.ts';
import type { Dumps } from '../formats/dumps.ts';
import type { NumberArray, Tensor } from '../numeric/tensor.ts';
import type { Program } from '../program/program.ts';
import type { Values } from './deployment.ts';
import type { Runner } from './engines.ts';
import { quantiseSample, type Sample } from './samples.ts';

export interface FirstDifference {
  readonly picture: number;
  /** Its position in the row-major elements of one picture. */
  readonly element: number;
  readonly found: number;
  readonly expected: number;
}

/** One module, or the logits, over all pictures. */
export interface ModuleAgreement {
  readonly module: string;
  readonly elements: number;
  readonly mismatches: number;
  readonly first?: FirstDifference;
}

export interface DumpAgreement {
  readonly pictures: number;
  readonly modules: readonly ModuleAgreement[];
  /** Modules of the dumps that the Program has not. */
  readonly absent: readonly string[];
  readonly elements: number;
  readonly mismatches: number;
  /** Every integer of every module is the same. */
  readonly equal: boolean;
}

class Tally {
  readonly #module: string;
  readonly #expected: Tensor;
  #elements = 0;
  #mismatches = 0;
  #first: FirstDifference | undefined;

  constructor(module: string, expected: Tensor) {
    this.#module = module;
    this.#expected = expected;
  }

  /** The part of one picture; what depends on no picture is there once. */
  #partOf(picture: number, pictures: number, size: number, where: string): NumberArray {
    const { data, type } = this.#expected;
    if (data.length === size) return data;
    if (data.length === size * pictures) return data.subarray(picture * size, (picture + 1) * size);
    throw new BadInput({
      where: `${where}, tensor "${this.#module}.int"`,
      found: `the shape [${type.shape.join(', ')}]`,
      expected: `${size} elements for each of ${pictures} pictures`,
      remedy: 'compare with the dumps of this model',
    });
  }

  add(found: Tensor, picture: number, pictures: number, where: string): void {
    const expected = this.#partOf(picture, pictures, found.data.length, where);
    this.#elements += expected.length;
    for (let element = 0; element < expected.length; element++) {
      if (found.data[element] === expected[element]) continue;
      this.#mismatches += 1;
      this.#first ??= { picture, element, found: found.data[element]!, expected: expected[element]! };
    }
  }

  row(): ModuleAgreement {
    const row = { module: this.#module, elements: this.#elements, mismatches: this.#mismatches };
    return this.#first ? { ...row, first: this.#first } : row;
  }
}

/**
 * The Program against what the modules of its framework computed, element by element. `program` is lowered without joining pipes, so that every
 * module is a step or a constant of its name. `onPicture` hears how many pictures are done, and is waited for.
 */
export async function compareDumps(
  program: Program,
  dumps: Dumps,
  samples: readonly Sample[],
  run: Runner,
  onPicture: (done: number) => unknown = () => undefined,
): Promise<DumpAgreement> {
  const pictures = dumps.input.type.shape[0]!;
  const tallies = new Map([...dumps.integers].map(([module, expected]) => [module, new Tally(module, expected)]));
  const logits = dumps.logits && new Tally('logits', dumps.logits);
  const absent = new Set<string>();
  for (const [picture, sample] of samples.entries()) {
    const inputs = quantiseSample(program, sample);
    const values: Values = new Map([...program.constants, ...inputs, ...run(inputs, 'steps')]);
    for (const [module, tally] of tallies) {
      const found = values.get(module);
      if (found) tally.add(found, picture, pictures, dumps.where);
      else absent.add(module);
    }
    const output = values.get(program.outputs[0]!);
    if (output) logits?.add(output, picture, pictures, dumps.where);
    await onPicture(picture + 1);
  }
  const modules = [...tallies.values(), ...(logits ? [logits] : [])].map((tally) => tally.row());
  const mismatches = modules.reduce((sum, row) => sum + row.mismatches, 0);
  return {
    pictures: samples.length,
    modules,
    absent: [...absent],
    elements: modules.reduce((sum, row) => sum + row.elements, 0),
    mismatches,
    equal: mismatches === 0 && absent.size === 0,
  };
}
