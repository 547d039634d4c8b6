import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble, encode } from '../../../src/simulator/riscv/assemble.ts';
import { disassemble } from '../../../src/simulator/riscv/disassemble.ts';
import type { Field } from '../../../src/simulator/riscv/encoding.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';

/** All operands that a row's fields can hold: multiples of the lowest bit, without the values that the row refuses. */
const operandsOf = (fields: readonly Field[], except: { readonly [name: string]: readonly number[] }) =>
  fc.record(
    Object.fromEntries(
      fields.map(({ name, pieces, width, signed, base }) => {
        const mask = pieces.reduce((bits, [high, low, at]) => bits | ((2 ** (high - low + 1) - 1) << at), 0);
        const value = fc.integer({ min: 0, max: 2 ** width - 1 }).map((bits) => {
          const kept = bits & mask;
          return (signed ? (kept << (32 - width)) >> (32 - width) : kept) + base;
        });
        return [name, value.filter((each) => !except[name]?.includes(each))];
      }),
    ),
  );

describe.each(['rv32imafdc_zba_zbb', 'rv64imafdc_zba_zbb', 'rv32imc_zfinx'])('%s', (isa) => {
  const { rows, decoder } = profile(isa);

  describe.each(rows.map((row) => [row.syntax, row] as const))('%s', (_, row) => {
    test('what is assembled decodes to the same row and operands', () => {
      fc.assert(
        fc.property(operandsOf(row.fields, row.except), (operands) => {
          expect(decoder.decode(encode(row, operands))).toEqual({ row, operands, bytes: row.bytes });
        }),
        { numRuns: 20 },
      );
    });

    test('what is disassembled assembles to the same text', () => {
      fc.assert(
        fc.property(operandsOf(row.fields, row.except), (operands) => {
          const text = disassemble({ row, operands, bytes: row.bytes });
          const again = decoder.decode(assemble(text, rows));
          expect(again && disassemble(again)).toBe(text);
        }),
        { numRuns: 20 },
      );
    });

    test('has a meaning, its own or that of the base instruction', () => {
      expect((row.evaluate === undefined) !== (row.expansion === undefined)).toBe(true);
    });
  });
});
