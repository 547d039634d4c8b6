import { expect } from 'vitest';
import { prepareFast } from '../../src/engine/fast.ts';
import { loadKernels } from '../../src/engine/load-kernels.ts';
import { runReference } from '../../src/engine/reference.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import type { Layer } from '../../src/network/network.ts';
import { clamp, roundHalfEven } from '../../src/numeric/rounding.ts';
import { elements, type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { compareTensors } from '../../src/verify/compare.ts';
import { layer, network, random } from '../networks.ts';
import { tableOf } from '../tables.ts';

/** How many outputs of each operator are compared with double precision: a million in the long run. */
export const outputs = process.env['MODE'] === 'full' ? 1_000_000 : 100_000;

export const byte = { lo: -128, hi: 127 };
export const quantiser = (name: string, input: string, scale: number, { lo, hi } = byte): Layer =>
  layer(name, 'quantiser', [input], { scale, lo, hi });

/** Floats of a layer's constants. */
export const floats = (values: readonly number[], shape: Shape = [values.length]): Tensor => tensor({ dtype: 'f64', shape }, values);

/** What the last of `layers` makes of quantised inputs, each called `q<name>`: every integer of every step the same in both engines, or an Error. */
export async function integersOf(inputs: { readonly [name: string]: Tensor }, layers: readonly Layer[]): Promise<Tensor> {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { type }]) => [name, type.shape]));
  const last = layers.at(-1)!.name;
  const program = lower(network(shapes, layers, [last]), { style: dyadic });
  const values = new Map([...program.inputs].map(([name, { source }]) => [name, inputs[source]!]));
  const golden = runReference(program, values);
  for (const [name, found] of prepareFast(program, await loadKernels()).run(values, 'steps')) {
    const { mismatches, first } = compareTensors(found, golden.get(name)!);
    if (mismatches > 0) throw new Error(`${name}: ${mismatches} integers of the fast engine differ, first ${JSON.stringify(first)}`);
  }
  return golden.get(last)!;
}

/** How integers compare with the real numbers that they stand for, rounded once. */
export interface Accuracy {
  count: number;
  differ: number;
  squares: number;
  largest: number;
  /** How far from a tie the furthest real number lies whose integer differs, in output steps if nothing else is said. */
  distance: number;
}

export const noOutputs = (): Accuracy => ({ count: 0, differ: 0, squares: 0, largest: 0, distance: 0 });

/** Adds a tensor's outputs; `exact` gives the real number of each in output steps, `unit` how much one of these counts in the distance. */
export function compare(
  into: Accuracy,
  found: Tensor,
  exact: (position: number) => number,
  { lo, hi } = byte,
  unit: (position: number) => number = () => 1,
): void {
  for (let position = 0; position < found.data.length; position++) {
    const real = exact(position);
    const difference = Math.abs(found.data[position]! - clamp(roundHalfEven(real), lo, hi));
    into.count += 1;
    if (difference === 0) continue;
    into.differ += 1;
    into.squares += difference ** 2;
    into.largest = Math.max(into.largest, difference);
    into.distance = Math.max(into.distance, Math.abs(real - Math.floor(real) - 0.5) * unit(position));
  }
}

const rootMeanSquare = ({ count, squares }: Accuracy): number => Math.sqrt(squares / count);

/**
 * The most of rare events, of which so many are expected, that all but one in a thousand samples have: a quantile of Poisson's distribution, which is
 * the binomial where events are rare.
 */
export function atMost(expected: number): number {
  let [count, logarithm] = [0, -expected];
  for (let sum = Math.exp(logarithm); sum < 0.999; sum += Math.exp(logarithm)) logarithm += Math.log(expected / ++count);
  return count;
}

/** Outputs differ by `most` at most, and no more of them, nor their squares, than a sample has by chance of operators with this share. */
export function expectNoWorse({ count, differ, squares, largest }: Accuracy, share: number, most = 1): void {
  expect(largest).toBeLessThanOrEqual(most);
  expect(differ).toBeLessThanOrEqual(atMost(share * count));
  expect(squares).toBeLessThanOrEqual(atMost(share * count));
}

/** What docs/numbers.md says of each operator: the share that may differ, and by how much. */
const listed = new Map(
  tableOf('docs/numbers.md', '## Norms, softmax and products of activations').map(([operator, , , , share, , largest]) => [
    operator,
    { share: Number.parseFloat(share!) / 100, most: Math.max(1, Number(largest)) },
  ]),
);

/** Outputs are no worse than docs/numbers.md says of this operator. */
export function expectAsListed(accuracy: Accuracy, operator: string): void {
  const { share, most } = listed.get(operator) ?? expect.fail(`docs/numbers.md has no row ${operator}`);
  expectNoWorse(accuracy, share, most);
}

/** A line for the console. */
export const report = (name: string, accuracy: Accuracy): string => {
  const { count, differ, largest, distance } = accuracy;
  const percent = ((100 * differ) / count).toFixed(4);
  return `${name}: ${differ} of ${count} differ from double (${percent} %), RMS ${rootMeanSquare(accuracy).toFixed(4)}, max ${largest}, at most ${distance.toExponential(1)} from a tie`;
};

/** Normally distributed integers of 8 bits, as quantisers make them that limit few values: by default 127 is three and a half deviations. */
export const normalBytes = (next: () => number, shape: Shape, deviation = 36): Tensor =>
  tensor(
    { dtype: 'i8', shape },
    Array.from({ length: elements(shape) }, () => {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return clamp(Math.round(deviation * normal) + 0, -128, 127);
    }),
  );

type Fill = (row: number, column: number) => number;

/** Rows of every kind that a network can meet, in turn: of several spreads and means, and the extremes. */
export function rowsOfBytes(count: number, columns: number, seed: number): Tensor {
  const next = random(seed);
  const normal = (): number => [...'123456789012'].reduce((sum) => sum + next(), -6);
  const kinds: readonly Fill[] = [
    () => 40 * normal(),
    () => 3 * normal() + 50,
    () => 100 * normal(),
    () => 255 * next() - 128,
    (row) => row % 256,
    (row, column) => (column === row % columns ? 127 : -128),
    (row, column) => (column === row % columns ? 1 : 0),
    () => -128,
    () => 127,
    () => 0,
    (_, column) => (column % 2 === 0 ? 127 : -128),
    () => (next() < 0.5 ? 0 : 1),
    (_, column) => column - columns / 2,
  ];
  const values = Array.from({ length: count }, (_, row) => {
    const fill = kinds[row % kinds.length]!;
    return Array.from({ length: columns }, (_entry, column) => clamp(Math.round(fill(row, column)) + 0, -128, 127));
  });
  return tensor({ dtype: 'i8', shape: [count, columns] }, values.flat());
}

/** Rows of these lengths until there are enough outputs. */
export function* rowBlocks(lengths: readonly number[]): Generator<{ readonly x: Tensor; readonly seed: number }> {
  for (let made = 0, seed = 1; made < outputs; seed++) {
    const length = lengths[seed % lengths.length]!;
    const x = rowsOfBytes(Math.max(1, Math.min(26, Math.ceil(20_000 / length))), length, seed);
    made += elements(x.type.shape);
    yield { x, seed };
  }
}
