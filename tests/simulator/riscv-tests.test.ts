import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { read } from './compilers.ts';
import { engines, run } from './engines.ts';

/** A folder with the ELFs of the public riscv-tests, environment p: rv64ui-p-add and so on. */
const folder = process.env['BITWRIGHT_RISCV_TESTS'] ?? '';
const isThere = existsSync(folder);
const names = isThere ? readdirSync(folder).filter((name) => /^rv(32|64)\w+-p-\w+$/.test(name.replaceAll('-misaligned', ''))) : [];

const title = isThere ? 'the public riscv-tests' : 'the public riscv-tests (skipped: name a folder of their ELFs in BITWRIGHT_RISCV_TESTS)';
describe.skipIf(!isThere)(title, () => {
  test('there are some', () => expect(names.length).toBeGreaterThan(0));

  describe.each(engines)('%s', (engine) => {
    test.each(names)('%s', (name) => {
      const isa = `${name.slice(0, 4)}imafdc${/uz(\w+)-p/.exec(name)?.[1]?.replace(/^/, '_z') ?? ''}`;
      const { code } = run(read(join(folder, name)), { engine, isa, maxInstructions: 10_000_000 });
      expect(code, code === undefined ? 'it does not end' : `its test case ${code} fails`).toBe(0);
    });
  });
});
