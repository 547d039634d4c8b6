import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { f32, roundHalfEven } from '../../../../src/numeric/rounding.ts';
import { type Dtype, dtypes, type Tensor, tensor } from '../../../../src/numeric/tensor.ts';
import { dyadicMultiplier } from '../../../../src/operators/ivit/dyadic.ts';
import { newtonRoot } from '../../../../src/operators/ivit/layer-norm/layer-norm.ts';
import type { Program, ProgramInput, Step } from '../../../../src/program/program.ts';
import { sequence } from '../../programs.ts';
import { proveOnCore } from './prove.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-layer-norm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const next = sequence(7);
const real = (): number => next(-(2 ** 30), 2 ** 30) / 2 ** 30;
/** Roughly normal, of deviation 1. */
const normal = (): number => Math.sqrt(3 / 4) * (real() + real() + real() + real());

interface Channel {
  readonly weight: number;
  readonly bias: number;
}

interface Norm {
  readonly x: 'i8' | 'i16';
  readonly scale: number;
  readonly channels: readonly Channel[];
  readonly to: 'i8' | 'i16';
  /** Of the result. */
  readonly step: number;
}

const own = (values: readonly number[], dtype: Dtype): Tensor => {
  const made = tensor({ dtype, shape: [values.length] });
  made.data.set(values);
  return made;
};

/** A Program of norms of rows and the rescalings behind them, their constants made from weights and biases as I-ViT makes them. */
function programOf(norms: readonly Norm[]): { readonly program: Program; readonly values: ReadonlyMap<string, Tensor> } {
  const values = new Map<string, Tensor>();
  const constants = new Map<string, Tensor>();
  const inputs = new Map<string, ProgramInput>();
  const steps = norms.map((norm, index): Step => {
    const { x, scale, channels, to, step } = norm;
    const columns = channels.length;
    const rows = rowsOf(norm);
    const shape = [1, rows.length, columns];
    values.set(`x ${index}`, { type: { dtype: x, shape }, data: own(rows.flat(), x).data });
    const { low: lo, high: hi } = dtypes[to];
    const unit = f32(f32(Math.sqrt(columns)) * 2 ** -30);
    const scales = channels.map(({ weight }) => f32(unit * f32(weight)));
    const bias = channels.map(({ weight, bias }) => Math.floor(f32(f32(f32(bias) / f32(weight)) / unit)));
    constants.set(`bias ${index}`, own(bias, 'f32'));
    constants.set(`s ${index}`, own(scales, 'f32'));
    constants.set(
      `m ${index}`,
      own(
        scales.map((s) => dyadicMultiplier(s, f32(step))),
        'f64',
      ),
    );
    inputs.set(`x ${index}`, { type: { dtype: x, shape }, source: 'x', scale: 1, lo: dtypes[x].low, hi: dtypes[x].high });
    const stages = [
      { operator: 'ivit-layer-norm', operands: [`x ${index}`, `bias ${index}`], attributes: { scale: f32(scale) } },
      { operator: 'ivit-rescale', operands: [`s ${index}`, `m ${index}`], attributes: { axis: 2, lo, hi } },
    ];
    return { name: `y ${index}`, type: { dtype: to, shape }, stages };
  });
  return { program: { name: 'norms', inputs, constants, steps, outputs: steps.map(({ name }) => name) }, values };
}

const usual = (): Channel => ({ weight: 0.7 + 0.5 * real(), bias: 0.5 * real() });
/** Channels that hardly see their input: the bias alone decides, perhaps beyond what a float's integer or the result holds. */
const strange: readonly Channel[] = [
  { weight: 1e-13, bias: 0.3 },
  { weight: -1e-13, bias: -0.3 },
  { weight: 1e-6, bias: 40 },
  { weight: 1e-6, bias: -40 },
  { weight: 1e-9, bias: 1e6 },
  { weight: 1e-9, bias: -1e6 },
  { weight: -0.8, bias: 3 },
  { weight: 30, bias: 0 },
  { weight: 0.02, bias: 4 },
];

type Row = (columns: number) => number[];
const spread =
  (deviation: number, mean = 0): Row =>
  (columns) =>
    Array.from({ length: columns }, () => mean + deviation * normal());
const constant =
  (value: number): Row =>
  (columns) =>
    new Array<number>(columns).fill(value);
/** Whose mean is just half of an odd number, so that the steps of the scale decide how it is rounded. */
const tied =
  (deviation: number): Row =>
  (columns) => {
    const values = spread(deviation)(columns).map(Math.round);
    values[0] = 0;
    const sum = values.reduce((total, value) => total + value, 0);
    values[0] = columns / 2 - (((sum % columns) + columns) % columns);
    return values;
  };
const outlier =
  (value: number): Row =>
  (columns) =>
    Array.from({ length: columns }, (_, index) => (index === 3 ? value : 0));

function usualRows(dtype: Dtype): Row[] {
  const { low, high } = dtypes[dtype];
  const deviations = [0.01, 0.5, 1, 3, 10, 20, 40, ...(dtype === 'i16' ? [100, 300, 1000, 2000, 3000, 8000, 30000] : [])];
  return [
    ...deviations.flatMap((deviation) => [spread(deviation), spread(deviation, high / 8), spread(deviation, 0.49 - high), tied(deviation)]),
    ...[0, 1, -1, low, high].map(constant),
    ...[low, high, 1].map(outlier),
    (columns) => Array.from({ length: columns }, (_, index) => (index % 2 === 0 ? low : high)),
    ...Array.from({ length: 120 }, () =>
      spread(dtype === 'i16' ? 2 ** (6 + 3 * (real() + 1)) : 2 ** (3 + 2 * real()), (high / 50) * real()),
    ),
  ];
}

/** The root of the sum of squares around the mean: of what the module sees of the integers, and of the integers. */
function rootsOf(row: readonly number[], scale: number): readonly [number, number] {
  const [s, sum] = [f32(scale), row.reduce((total, q) => total + q, 0)];
  const mean = roundHalfEven(sum / row.length);
  const squares = (values: readonly number[]): number => values.reduce((total, value) => total + f32(f32(value - mean) ** 2), 0);
  const exact = row.reduce((total, q) => total + (q - mean) ** 2, 0);
  return [
    newtonRoot(f32(squares(row.map((q) => f32(f32(q * s) / s))))),
    exact < 2 ** 18 ? newtonRoot(exact) : Math.floor(Math.sqrt(exact)),
  ];
}

/** The row with two elements a little further apart, so that the sum of squares around the mean is that of a square or one less. */
function squared(row: readonly number[]): readonly number[] {
  const mean = roundHalfEven(row.reduce((total, q) => total + q, 0) / row.length);
  const variance = row.reduce((total, q) => total + (q - mean) ** 2, 0);
  const wanted = Math.ceil(Math.sqrt(variance)) ** 2 - next(0, 1) - variance;
  for (let k = 1; k < 40; k++) {
    const apart = wanted / (2 * k) - k;
    const i = row.findIndex((q) => Number.isInteger(apart) && row.includes(q - apart));
    if (i < 0) continue;
    const j = row.indexOf(row[i]! - apart);
    return row.map((q, index) => (index === i ? q + k : index === j ? q - k : q));
  }
  return row;
}

/** Rows in which the two differ, as far as they are found. Elements that the module sees too near to 0 make its sum the smaller one. */
function torn({ x, scale, channels }: Norm): number[][] {
  const s = f32(scale);
  const most = x === 'i8' ? 50 : 3000;
  const small = Array.from({ length: 2 * most + 1 }, (_, q) => q - most).filter((q) => Math.abs(f32(f32(q * s) / s)) < Math.abs(q));
  const found: number[][] = [];
  for (let trial = 0; trial < 3000 && found.length < 16; trial++) {
    const reach = next(2, 10) / 10;
    const own = small.filter((q) => Math.abs(q) <= reach * most);
    const row = channels.map(() => (trial % 2 === 0 ? own[next(0, own.length - 1)]! : Math.round(0.4 * reach * most * normal())));
    const tuned = x === 'i8' ? row : squared(row);
    const [module, integers] = rootsOf(tuned, scale);
    if (module !== integers) found.push([...tuned]);
  }
  return found;
}

function rowsOf(norm: Norm): number[][] {
  const { low, high } = dtypes[norm.x];
  const rows = [...usualRows(norm.x).map((row) => row(norm.channels.length)), ...torn(norm)];
  return rows.map((row) => row.map((value) => Math.min(high, Math.max(low, Math.round(value)))));
}

const mixed = (columns: number): Channel[] =>
  Array.from({ length: columns }, (_, c) => (columns < 100 || c % 11 > 0 ? usual() : strange[(c / 11) % strange.length]!));

test("LayerNorm's row by integers and one line is what the operators say", { timeout: 120_000 }, async () => {
  const norms: Norm[] = [
    { x: 'i16', scale: 0.00017, channels: mixed(192), to: 'i8', step: 0.05 },
    { x: 'i16', scale: 3.1, channels: mixed(192), to: 'i8', step: 0.3 },
    { x: 'i16', scale: 0.0002, channels: mixed(44), to: 'i8', step: 0.02 },
    { x: 'i8', scale: 0.0509, channels: mixed(96), to: 'i16', step: 0.0002 },
    { x: 'i8', scale: 0.0359, channels: mixed(192), to: 'i8', step: 0.04 },
    { x: 'i16', scale: 0.00015, channels: mixed(768), to: 'i8', step: 0.04 },
    { x: 'i16', scale: 0.0003, channels: mixed(96), to: 'i16', step: 0.0002 },
  ];
  const { program, values } = programOf(norms);
  const sources = await proveOnCore(program, [values], join(folder, 'norms'));
  expect(new Set(sources)).toEqual(new Set(['rocket/layer_norm_rescale.c']));
});

test('a LayerNorm is left to the operators where too many channels are too fine for the bound', { timeout: 120_000 }, async () => {
  const channels = Array.from({ length: 24 }, () => ({ weight: 2, bias: 0.3 }));
  const norms: Norm[] = [{ x: 'i16', scale: 0.0002, channels, to: 'i16', step: 0.00002 }];
  const { program, values } = programOf(norms);
  const sources = await proveOnCore(program, [values], join(folder, 'uncertain'));
  expect(sources).toEqual(['ivit_layer_norm.c', 'ivit_rescale.c']);
});

test('ten steps of Newton in floats give the root from 2^18 on, but just below the next square', () => {
  for (let root = 512; root < 2 ** 22; root += root < 2 ** 17 ? 1 : 1 + (root >> 14)) {
    const square = f32(root * root) < root * root ? f32(root * root * (1 + 2 ** -23)) : f32(root * root);
    const next = f32(((root + 1) ** 2 - 1) * (1 - 2 ** -23));
    if (newtonRoot(square) !== root) expect([root, newtonRoot(square)]).toEqual([root, root]);
    if (next >= square && newtonRoot(next) !== root) expect([root, next, newtonRoot(next)]).toEqual([root, next, root]);
  }
});
