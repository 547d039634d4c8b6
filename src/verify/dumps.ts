import { BadInput } from '../errors.ts';
import type { Dumps } from '../formats/dumps.ts';
import type { Network } from '../network/network.ts';
import { validateNetwork } from '../network/validate.ts';
import { f32 } from '../numeric/rounding.ts';
import { elements, type NumberArray, type Shape, type Tensor } from '../numeric/tensor.ts';
import { layers } from '../operators/layers.ts';
import type { Program } from '../program/program.ts';
import { parseRegionName } from '../program/regions.ts';
import type { Values } from './deployment.ts';
import { agreementOf, firstClasses, type PredictionAgreement } from './predictions.ts';
import { quantiseSample, type Sample } from './samples.ts';

/** One picture, and the dumps that hold what its framework computed of it: at which place along their axis 0. */
export interface DumpedPicture {
  readonly sample: Sample;
  readonly dumps: Dumps;
  readonly at: number;
}

/** What is compared with the framework. */
export interface Ours {
  readonly program: Program;
  /** By what the integers of each layer are multiplied: lowering knows. */
  readonly scales: ReadonlyMap<string, readonly number[]>;
  /** Whether every module must be there; a Program with joined steps keeps but some, and parts of others. */
  readonly whole: boolean;
  /** Every input and step of one picture. */
  compute(inputs: Values): Values | Promise<Values>;
}

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
  /** The first entry of the scale that differs. */
  readonly scale?: { readonly channel: number; readonly found: number; readonly expected: number };
}

export interface DumpAgreement {
  readonly pictures: number;
  readonly modules: readonly ModuleAgreement[];
  /** How many modules had integers to compare; the logits are none. */
  readonly compared: number;
  /** Modules of the dumps that the Program has not. */
  readonly absent: readonly string[];
  /** Modules of the network that the dumps have not. */
  readonly missing: readonly string[];
  /** Modules whose integers this Program keeps nowhere: joined steps do not store what flows between them. */
  readonly unkept: readonly string[];
  readonly elements: number;
  readonly mismatches: number;
  readonly scales: number;
  readonly scaleMismatches: number;
  /** Of the logits, where they are in the dumps. */
  readonly predictions?: PredictionAgreement;
  /** The dumps have every module, every integer that is compared is the same, and every scale. */
  readonly equal: boolean;
}

/** Where the elements of a part lie in the whole: those of `name@axis=first..last`, or all. */
function partOf(name: string, part: Shape, whole: Shape): ((element: number) => number) | undefined {
  const spans = parseRegionName(name)?.spans;
  if (spans === undefined) return elements(part) === elements(whole) ? (element) => element : undefined;
  const sizes = whole.map((size, axis) => spans.get(axis)?.size ?? size);
  if (elements(sizes) !== elements(part)) return undefined;
  return (element) => {
    let [rest, position, step] = [element, 0, 1];
    for (let axis = whole.length - 1; axis >= 0; axis--) {
      const span = spans.get(axis);
      const index = rest % sizes[axis]!;
      position += ((span?.start ?? 0) + index * (span?.step ?? 1)) * step;
      rest = Math.floor(rest / sizes[axis]!);
      step *= whole[axis]!;
    }
    return position;
  };
}

class Tally {
  readonly module: string;
  #elements = 0;
  #mismatches = 0;
  #first: FirstDifference | undefined;
  #scale: ModuleAgreement['scale'];

  constructor(module: string) {
    this.module = module;
  }

  /** `expected` are the elements of one picture, `at` says where in them each of `found` lies. */
  add(found: NumberArray, expected: NumberArray, picture: number, at: (element: number) => number): void {
    this.#elements += found.length;
    for (let element = 0; element < found.length; element++) {
      const wanted = expected[at(element)]!;
      if (found[element] === wanted) continue;
      this.#mismatches += 1;
      this.#first ??= { picture, element: at(element), found: found[element]!, expected: wanted };
    }
  }

  /** Compares a scale with `expected`, of which ours is `factor` times as much. */
  scaled(found: readonly number[], expected: Tensor, factor: number): void {
    const wanted = Array.from(expected.data, (value) => f32(value * f32(factor)));
    const channel = wanted.findIndex((value, index) => f32(found[found.length === 1 ? 0 : index] ?? Number.NaN) !== value);
    if (channel >= 0) this.#scale = { channel, found: found[found.length === 1 ? 0 : channel] ?? Number.NaN, expected: wanted[channel]! };
  }

  row(): ModuleAgreement {
    const row = { module: this.module, elements: this.#elements, mismatches: this.#mismatches };
    return { ...row, ...(this.#first && { first: this.#first }), ...(this.#scale && { scale: this.#scale }) };
  }
}

/** The elements of one picture in a tensor of dumps: a part of axis 0, or all where it depends on no picture. */
function ofPicture({ data }: Tensor, size: number, { dumps, at }: DumpedPicture): NumberArray | undefined {
  if (data.length === size) return data;
  const pictures = dumps.input.type.shape[0]!;
  return data.length === size * pictures ? data.subarray(at * size, (at + 1) * size) : undefined;
}

const refuse = ({ dumps }: DumpedPicture, module: string, { type }: Tensor, size: number): never => {
  throw new BadInput({
    where: `${dumps.where}, tensor "${module}.int"`,
    found: `the shape [${type.shape.join(', ')}]`,
    expected: `${size} elements for each of ${dumps.input.type.shape[0]} pictures`,
    remedy: 'compare with the dumps of this model',
  });
};

/** Values by the module that they are, or are a part of. */
function byModule(values: Values): ReadonlyMap<string, readonly (readonly [name: string, value: Tensor])[]> {
  const named = new Map<string, (readonly [string, Tensor])[]>();
  for (const [name, value] of values) {
    const module = parseRegionName(name)?.value ?? name;
    const known = named.get(module);
    if (known) known.push([name, value]);
    else named.set(module, [[name, value]]);
  }
  return named;
}

/** The layers that make integers of their own: nothing that they read has their scale. What only moves integers, and parameters, are none. */
export function modulesOf({ layers }: Network, scales: Ours['scales']): string[] {
  const scaleOf = (name: string): string | undefined => scales.get(name)?.join();
  return layers.filter(({ name, inputs }) => inputs.length > 0 && !inputs.map(scaleOf).includes(scaleOf(name))).map(({ name }) => name);
}

/** The row of the outputs among those of the modules; it is no module. */
const logitsRow = 'logits';

/** Everything that is compared of all pictures. */
class Comparison {
  readonly #ours: Ours;
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #factors: ReadonlyMap<string, number>;
  readonly #tallies = new Map<string, Tally>();
  readonly #wanted: readonly string[];
  readonly #absent = new Set<string>();
  readonly #missing = new Set<string>();
  readonly #unkept = new Set<string>();
  readonly #ranks: { readonly found: readonly number[]; readonly expected: readonly number[] }[] = [];
  #scales = 0;

  constructor(network: Network, ours: Ours) {
    this.#ours = ours;
    this.#wanted = modulesOf(network, ours.scales);
    this.#shapes = validateNetwork(network, layers);
    this.#factors = new Map(network.layers.map(({ name, attributes }) => [name, Number(attributes['factor'] ?? 1)]));
  }

  #tally(module: string): Tally {
    const known = this.#tallies.get(module) ?? new Tally(module);
    this.#tallies.set(module, known);
    return known;
  }

  /** Every module of the dumps against the steps, constants and parts of its name. */
  integers(picture: DumpedPicture, number: number, values: Values): void {
    const { integers } = picture.dumps;
    for (const module of this.#wanted) if (!integers.has(module)) this.#missing.add(module);
    const named = byModule(values);
    for (const [module, expected] of integers) {
      const shape = this.#shapes.get(module);
      const parts = named.get(module) ?? [];
      if (shape === undefined || parts.length === 0) {
        const lost = shape === undefined || this.#ours.whole ? this.#absent : this.#unkept;
        lost.add(module);
        continue;
      }
      const theirs = ofPicture(expected, elements(shape), picture) ?? refuse(picture, module, expected, elements(shape));
      for (const [name, { type, data }] of parts) {
        const at = partOf(name, type.shape, shape) ?? refuse(picture, module, expected, data.length);
        this.#tally(module).add(data, theirs, number, at);
      }
    }
  }

  /** Scales depend on no picture. */
  scales({ scales }: Dumps): void {
    for (const [module, expected] of scales) {
      const found = this.#ours.scales.get(module);
      if (found === undefined) continue;
      this.#tally(module).scaled(found, expected, this.#factors.get(module) ?? 1);
      this.#scales += expected.data.length;
    }
  }

  logits(picture: DumpedPicture, number: number, { data: found }: Tensor): void {
    const expected = picture.dumps.logits && ofPicture(picture.dumps.logits, found.length, picture);
    if (expected === undefined) return;
    this.#tally(logitsRow).add(found, expected, number, (element) => element);
    this.#ranks.push({ found: firstClasses(found), expected: firstClasses(expected) });
  }

  result(pictures: number): DumpAgreement {
    const order = [...this.#shapes.keys(), logitsRow]; // as the network computes them: the first that differs is where to look
    const modules = order.flatMap((module) => this.#tallies.get(module)?.row() ?? []);
    const mismatches = modules.reduce((sum, row) => sum + row.mismatches, 0);
    const scaleMismatches = modules.filter(({ scale }) => scale !== undefined).length;
    return {
      pictures,
      modules,
      compared: modules.filter((row) => row.elements > 0 && row.module !== logitsRow).length,
      absent: [...this.#absent],
      missing: [...this.#missing],
      unkept: [...this.#unkept],
      elements: modules.reduce((sum, row) => sum + row.elements, 0),
      mismatches,
      scales: this.#scales,
      scaleMismatches,
      ...(this.#ranks.length > 0 && { predictions: agreementOf(this.#ranks) }),
      equal: mismatches === 0 && scaleMismatches === 0 && this.#absent.size === 0 && this.#missing.size === 0,
    };
  }
}

/**
 * A Program against what the modules of its framework computed, element by element, and the scales. `onPicture` hears how many pictures are
 * done, and is waited for.
 */
export async function compareDumps(
  network: Network,
  ours: Ours,
  pictures: Iterable<DumpedPicture> | AsyncIterable<DumpedPicture>,
  onPicture: (done: number) => unknown = () => undefined,
): Promise<DumpAgreement> {
  const { program } = ours;
  const comparison = new Comparison(network, ours);
  let number = 0;
  for await (const picture of pictures) {
    const inputs = quantiseSample(program, picture.sample);
    const values: Values = new Map([...program.constants, ...inputs, ...(await ours.compute(inputs))]);
    if (number === 0) comparison.scales(picture.dumps);
    comparison.integers(picture, number, values);
    comparison.logits(picture, number, values.get(program.outputs[0]!)!);
    number += 1;
    await onPicture(number);
  }
  return comparison.result(number);
}

/** The dumps of several pictures, one by one. */
export const picturesOf = (dumps: Dumps, samples: readonly Sample[]): DumpedPicture[] =>
  samples.map((sample, at) => ({ sample, dumps, at }));
