import { expect, test } from 'vitest';
import { extract } from '../../../src/simulator/riscv/encoding.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { type Row, row } from '../../../src/simulator/riscv/row.ts';
import { generator } from '../sequences.ts';

const isas = ['rv32imafdc_zba_zbb', 'rv64imafdc_zba_zbb', 'rv32imc_zfinx_xpulpv2'];

test('two rows for one word are an error when a profile is put together', () => {
  const custom = row('alu', 'again rd, rs1, rs2', '0000000 rs2 rs1 000 rd 0110011', { evaluate: () => undefined });
  expect(() => profile('rv64i', [custom])).toThrow('add rd, rs1, rs2 and again rd, rs1, rs2 overlap in one profile');
});

test.each(isas)('the tables of %s find the row that a search through all rows finds', (isa) => {
  const { rows, decoder } = profile(isa);
  const draw = generator(1);
  const search = (word: number): Row | undefined =>
    rows.find(
      ({ bytes, match, mask, fields, except }) =>
        bytes === ((word & 3) === 3 ? 4 : 2) &&
        ((word ^ match) & mask) === 0 &&
        fields.every((field) => !except[field.name]?.includes(extract(word, field))),
    );
  for (let i = 0; i < 20_000; i++) {
    const noise = draw(2 ** 32);
    const near = rows[draw(rows.length)]!;
    const word = draw(4) === 0 ? noise : ((noise & ~near.mask) | near.match) >>> 0;
    expect(decoder.decode(word)?.row, word.toString(16)).toBe(search((word & 3) === 3 ? word : word & 0xffff));
  }
});
