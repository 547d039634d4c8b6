import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type EngineName, Machine } from '../../../src/simulator/machine.ts';
import { compileGuest, read } from '../compilers.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-rocket-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const short = ['irreducible.c', 'self-modifying.c', 'timer.c'];
const programs = [...short, 'coremark-like.c', 'compress.c', 'kernels/bytecode.c'];

/** Where a program is, and what it has taken, every so many instructions. */
function trail(elf: Uint8Array, engine: EngineName): readonly string[] {
  let printed = 0;
  const output = (_: 'out' | 'err', bytes: Uint8Array): void => {
    printed += bytes.length;
  };
  const machine = Machine.load(elf, { engine, cycleModel: 'rocket', output });
  const places: string[] = [];
  for (;;) {
    const { reason } = machine.run({ maxInstructions: 40_000 });
    places.push(`${reason} at ${machine.pc.toString(16)}: ${machine.instructions} in ${machine.cycles}, ${printed} bytes`);
    if (reason !== 'instruction limit') return places;
  }
}

describe.each([
  ['rv64gc', programs],
  ['rv32imac', short],
] as const)("rocket's cycles of programs for %s", (isa, those) => {
  test.each(those)('%s takes as many on every engine, wherever it is looked at', async (program) => {
    const elf = read(await compileGuest(program, 'zig', isa, '-O2', folder));
    const expected = trail(elf, 'interpreter');
    expect(expected.at(-1)).toMatch(/^exit/);
    for (const engine of ['structured', 'block', 'auto'] as const) expect(trail(elf, engine)).toEqual(expected);
  });
});
