import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { f32 } from '../../../../src/numeric/rounding.ts';
import { type Dtype, dtypes, type Tensor, tensor } from '../../../../src/numeric/tensor.ts';
import { dyadicMultiplier } from '../../../../src/operators/ivit/dyadic.ts';
import { newtonRoot } from '../../../../src/operators/ivit/layer-norm/layer-norm.ts';
import type { Program } from '../../../../src/program/program.ts';
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

/** The norm of rows and the rescaling behind it, its constants made from weights and biases as I-ViT makes them. */
function program(x: Dtype, rows: number, channels: readonly Channel[], scale: number, to: 'i8' | 'i16', step: number): Program {
  const columns = channels.length;
  const unit = f32(f32(Math.sqrt(columns)) * 2 ** -30);
  const own = (values: readonly number[], dtype: Dtype): Tensor => {
    const made = tensor({ dtype, shape: [values.length] });
    made.data.set(values);
    return made;
  };
  const scales = channels.map(({ weight }) => f32(unit * f32(weight)));
  const { low: lo, high: hi } = dtypes[to];
  return {
    name: 'norm',
    inputs: new Map([
      ['x', { type: { dtype: x, shape: [1, rows, columns] }, lo: dtypes[x].low, hi: dtypes[x].high }],
    ]) as unknown as Program['inputs'],
    constants: new Map([
      [
        'bias',
        own(
          channels.map(({ weight, bias }) => Math.floor(f32(f32(f32(bias) / f32(weight)) / unit))),
          'f32',
        ),
      ],
      ['s', own(scales, 'f32')],
      [
        'm',
        own(
          scales.map((s) => dyadicMultiplier(s, f32(step))),
          'f64',
        ),
      ],
    ]),
    steps: [
      {
        name: 'y',
        type: { dtype: to, shape: [1, rows, columns] },
        stages: [
          { operator: 'ivit-layer-norm', operands: ['x', 'bias'], attributes: { scale: f32(scale) } },
          { operator: 'ivit-rescale', operands: ['s', 'm'], attributes: { axis: 2, lo, hi } },
        ],
      },
    ],
    outputs: ['y'],
  };
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

function rowsOf(dtype: Dtype): Row[] {
  const { low, high } = dtypes[dtype];
  const deviations = [0.01, 0.5, 1, 3, 10, 20, 40, ...(dtype === 'i16' ? [100, 300, 1000, 2000, 3000, 8000, 30000] : [])];
  return [
    ...deviations.flatMap((deviation) => [spread(deviation), spread(deviation, high / 8), spread(deviation, 0.49 - high), tied(deviation)]),
    ...[0, 1, -1, low, high].map(constant),
    ...[low, high, 1].map(outlier),
    (columns) => Array.from({ length: columns }, (_, index) => (index % 2 === 0 ? low : high)),
    ...Array.from({ length: 200 }, () =>
      spread(dtype === 'i16' ? 2 ** (6 + 3 * (real() + 1)) : 2 ** (3 + 2 * real()), (high / 50) * real()),
    ),
  ];
}

function inputs(dtype: Dtype, columns: number): ReadonlyMap<string, Tensor> {
  const { low, high } = dtypes[dtype];
  const rows = rowsOf(dtype);
  const x = tensor({ dtype, shape: [1, rows.length, columns] });
  x.data.set(rows.flatMap((row) => row(columns).map((value) => Math.min(high, Math.max(low, Math.round(value))))));
  return new Map([['x', x]]);
}

describe("LayerNorm's row by integers and one line", { timeout: 60_000 }, () => {
  test.each([
    ['i16', 192, 'i8', 0.05, 0.00017],
    ['i16', 192, 'i8', 0.3, 3.1],
    ['i16', 44, 'i8', 0.02, 0.0002],
    ['i8', 96, 'i16', 0.0002, 0.0509],
    ['i8', 192, 'i8', 0.04, 0.0359],
    ['i16', 768, 'i8', 0.04, 0.00015],
    ['i16', 96, 'i16', 0.0002, 0.0003],
  ] as const)('is what the operators say: %s, %i columns, to %s in steps of %f', async (from, columns, to, step, scale) => {
    const channels = Array.from({ length: columns }, (_, c) =>
      columns < 100 || c % 11 > 0 ? usual() : strange[(c / 11) % strange.length]!,
    );
    const cases = [inputs(from, columns), inputs(from, columns)];
    const rows = rowsOf(from).length;
    const sources = await proveOnCore(
      program(from, rows, channels, scale, to, step),
      cases,
      join(folder, `${from}-${columns}-${to}-${step}`),
    );
    expect(sources).toEqual(['rocket/layer_norm_rescale.c']);
  });

  test('is left to the operators where too many channels are too fine for the bound', async () => {
    const channels = Array.from({ length: 24 }, () => ({ weight: 2, bias: 0.3 }));
    const sources = await proveOnCore(
      program('i16', rowsOf('i16').length, channels, 0.0002, 'i16', 0.00002),
      [inputs('i16', 24)],
      join(folder, 'uncertain'),
    );
    expect(sources).toEqual(['ivit_layer_norm.c', 'ivit_rescale.c']);
  });
});

test('ten steps of Newton in floats give the root from 2^18 on, but just below the next square', () => {
  for (let root = 512; root < 2 ** 22; root += root < 2 ** 17 ? 1 : 1 + (root >> 14)) {
    const square = f32(root * root) < root * root ? f32(root * root * (1 + 2 ** -23)) : f32(root * root);
    const next = f32(((root + 1) ** 2 - 1) * (1 - 2 ** -23));
    if (newtonRoot(square) !== root) expect([root, newtonRoot(square)]).toEqual([root, root]);
    if (next >= square && newtonRoot(next) !== root) expect([root, next, newtonRoot(next)]).toEqual([root, next, root]);
  }
});
