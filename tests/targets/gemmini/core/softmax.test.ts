import { test } from 'vitest';
import { f32 } from '../../../../src/numeric/rounding.ts';
import { exponential, shiftExponential } from '../../../../src/operators/ivit/shift-exponential.ts';
import { logit } from '../../../../src/operators/ivit/softmax/softmax.ts';
import { sequence } from '../../programs.ts';
import { type Operand, proveSteps, type Trial } from './steps.ts';

const next = sequence(11);
/** Entries for each greatest and each element. */
const table = (dtype: 'i32' | 'i8' | 'u8' | 'i16' | 'u16', entry: (greatest: number, element: number) => number): Operand => ({
  constant: dtype,
  shape: [256, 256],
  values: Array.from({ length: 65536 }, (_, index) => entry((index >> 8) - 128, (index & 255) - 128)),
});

/** As I-ViT computes them; of what cannot be, the greatest's. */
const exponentials = (scale: number): Operand => {
  const [s, constants] = [f32(scale), shiftExponential(15, f32(scale))];
  return table('i32', (greatest, element) => exponential(f32(logit(Math.min(element, greatest), s, 0) - logit(greatest, s, 0)), constants));
};

const logits = (rows: number, columns: number, limit = 128): Operand => ({ dtype: 'i8', shape: [1, rows, columns], limit });
/** Rows that are never above -1, rows that rise and fall, and all at one value. */
const shaped = (columns: number, value: (row: number, column: number) => number): Operand => ({
  ...logits(8, columns),
  values: Array.from({ length: 8 * columns }, (_, index) => value(Math.floor(index / columns), index % columns)),
});

const softmax = (name: string, x: Operand, entries: Operand, bits: 8 | 16, source = 'rocket/softmax.c'): Trial => ({
  name,
  stages: [{ operator: 'ivit-table-softmax', operands: [x, entries], attributes: { bits, hidden: 0 } }],
  sources: [source],
});

test('softmax by floats that are exponentials and integers at once is what the operator says', { timeout: 60_000 }, () =>
  proveSteps('softmax', [
    ...[1, 7, 8, 17, 49, 197, 1024].map((columns) => softmax(`rows of ${columns}`, logits(5, columns), exponentials(0.05), 16)),
    softmax('bytes', logits(9, 49), exponentials(0.03), 8),
    softmax('bytes of one', logits(9, 1), exponentials(0.03), 8),
    softmax('coarse steps', logits(9, 50), exponentials(0.4), 16),
    softmax('fine steps', logits(9, 50), exponentials(0.005), 16),
    softmax('logits near each other', logits(9, 50, 3), exponentials(0.07), 16),
    softmax(
      'all below zero',
      shaped(45, (row, column) => -1 - ((row * 37 + column * 11) % 128)),
      exponentials(0.05),
      16,
    ),
    softmax(
      'all at the least',
      shaped(45, () => -128),
      exponentials(0.05),
      16,
    ),
    softmax(
      'rising',
      shaped(77, (row, column) => column + row - 60),
      exponentials(0.05),
      16,
    ),
    softmax(
      'falling',
      shaped(77, (row, column) => 60 + row - column),
      exponentials(0.05),
      16,
    ),
    softmax(
      'any exponentials',
      logits(9, 61),
      table('i32', () => next(1, 2 ** 23 - 1)),
      16,
    ),
    softmax(
      'small exponentials',
      logits(9, 61),
      table('i32', (greatest, element) => (element === greatest ? 1 : next(0, 3))),
      16,
    ),
    softmax('rows that are too long', logits(1, 1025), exponentials(0.05), 16, 'ivit_table_softmax.c'),
    softmax(
      'exponentials that are too large',
      logits(3, 20),
      table('i32', () => 2 ** 23),
      16,
      'ivit_table_softmax.c',
    ),
  ]),
);

/** Windows of tokens of which some see only some of the others. */
const masked = (
  name: string,
  columns: number,
  bits: 8 | 16,
  hides: (window: number, token: number, column: number) => boolean,
  source = 'rocket/softmax.c',
): Trial => ({
  name,
  stages: [
    {
      operator: 'ivit-table-softmax',
      operands: [
        { dtype: 'i8', shape: [3, 2, 5, columns], limit: 128 },
        exponentials(0.05),
        {
          constant: 'u8',
          shape: [3, 5, columns],
          values: Array.from({ length: 15 * columns }, (_, index) => {
            const row = Math.floor(index / columns);
            return hides(Math.floor(row / 5), row % 5, index % columns) ? 1 : 0;
          }),
        },
      ],
      attributes: { bits, hidden: 20 },
    },
  ],
  sources: [source],
});

test('softmax of what a mask does not hide is what the operator says', { timeout: 120_000 }, () =>
  proveSteps('masked', [
    masked('windows of which the first is seen whole', 49, 8, (window, token, column) => window > 0 && (token + column) % 7 < 3),
    masked('halves', 49, 16, (window, token, column) => column >= 28 === (window + token) % 2 > 0),
    masked('a single one', 20, 8, (window, token, column) => column !== 4 * window + token),
    masked('nothing hidden', 33, 8, () => false),
    masked('one hidden', 8, 16, (_, token, column) => column === token),
    masked('rows that are too long', 256, 8, (_, token, column) => column === token, 'ivit_masked_table_softmax.c'),
  ]),
);

test('digits of a softmax are made in the same pass', { timeout: 60_000 }, () =>
  proveSteps(
    'digits',
    [128, 32896].map((mask) => ({
      name: `with the mask ${mask}`,
      stages: [
        { operator: 'ivit-table-softmax', operands: [logits(6, 61), exponentials(0.05)], attributes: { bits: 16, hidden: 0 } },
        { operator: 'digits', operands: [], attributes: { mask } },
      ],
      sources: ['rocket/softmax.c'],
    })),
  ),
);

const lookup = (name: string, x: Operand, dtype: 'i8' | 'u8' | 'i16' | 'u16', source = 'rocket/row_lookup.c'): Trial => ({
  name,
  stages: [{ operator: 'row-lookup', operands: [x, table(dtype, () => next(0, 255) - (dtype === 'i8' ? 128 : 0))], attributes: {} }],
  sources: [source],
});

test("tables that a row's greatest chooses from, the greatest found in words", { timeout: 60_000 }, () =>
  proveSteps('lookup', [
    ...[1, 15, 16, 24, 47, 64, 197, 768].map((columns) => lookup(`rows of ${columns}`, logits(7, columns), 'i8')),
    ...(['u8', 'i16', 'u16'] as const).map((dtype) => lookup(dtype, logits(7, 55), dtype)),
    lookup(
      'all below zero',
      shaped(149, (row, column) => -1 - ((row * 37 + column * 11) % 128)),
      'i8',
    ),
    lookup(
      'all at the least',
      shaped(149, () => -128),
      'i8',
    ),
    lookup(
      'all at the greatest',
      shaped(149, () => 127),
      'i8',
    ),
    lookup(
      'rising',
      shaped(201, (row, column) => column + row - 100),
      'i8',
    ),
    lookup(
      'one above the others, beside negative ones',
      shaped(203, (row, column) => (column === 29 * row ? row : -((column * 7) % 128))),
      'i8',
    ),
    lookup('unsigned', { dtype: 'u8', shape: [3, 40], limit: 255 }, 'i8', 'row_lookup.c'),
  ]),
);
