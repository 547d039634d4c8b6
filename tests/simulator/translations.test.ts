import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { gemminiMachine } from '../../src/hardware/gemmini.ts';
import { Machine, type MachineOptions, type Translations } from '../../src/simulator/machine.ts';
import { fingerprint } from '../../src/simulator/translations.ts';
import { decodeKept, encodeKept } from '../../src/simulator/wasm/translator/kept.ts';
import { compileGuest, read } from './compilers.ts';
import { assembled, makeElf } from './elf.ts';
import { command, configureLoad, configureStore, registers, word } from './gemmini/timing.ts';
import { programOf } from './timing/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-translations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Translations in memory, and what was asked of them. */
function memory(change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
  const kept = new Map<string, Uint8Array>();
  const asked = { found: 0, kept: 0 };
  const translations: Translations = {
    find: (name) => {
      const bytes = kept.get(name);
      if (bytes !== undefined) asked.found++;
      return bytes && change(bytes.slice());
    },
    keep: (name, bytes) => {
      asked.kept++;
      kept.set(name, bytes.slice());
    },
  };
  return { translations, asked, kept };
}

/** Where a program is, and what it has taken, every so many instructions. */
function trail(elf: Uint8Array, options: MachineOptions): readonly string[] {
  let printed = '';
  const output = (_: 'out' | 'err', bytes: Uint8Array): void => {
    printed += new TextDecoder().decode(bytes);
  };
  const machine = Machine.load(elf, { ...options, output });
  const places: string[] = [];
  for (;;) {
    const { reason } = machine.run({ maxInstructions: 150_000 });
    places.push(
      `${reason} at ${machine.pc.toString(16)}: ${machine.instructions} in ${machine.cycles}, ${machine.register('a0')} ${printed}`,
    );
    if (reason !== 'instruction limit') return places;
  }
}

/** A loop that gives a Gemmini loads and stores, computes beside them, and reads what was stored. */
const gemminiProgram = (): Uint8Array =>
  programOf(`
  ${configureLoad(16)}
  ${configureStore(64)}
  li s0, 300
2:
  ${registers({ a1: 0x8200_0000, a2: word(0), a3: 0x8200_4000, a4: word(0) })}
  sb s0, 0(a1)
  ${command(2, 'a1', 'a2')}
  ${command(3, 'a3', 'a4')}
  mul t3, s0, s0
  fence
  lbu a0, 0(a3)
  add s1, s1, a0
  addi s0, s0, -1
  bnez s0, 2b
  mv a0, s1
`);

describe('a run that begins with the translations of an earlier one', () => {
  test.each([
    ['coremark-like.c', 'functional'],
    ['coremark-like.c', 'rocket'],
    ['compress.c', 'rocket'],
    ['irreducible.c', 'rocket'],
    ['self-modifying.c', 'functional'],
    ['timer.c', 'rocket'],
  ] as const)('takes %s, %s, through the same places in the same cycles', async (program, cycleModel) => {
    const elf = read(await compileGuest(program, 'zig', 'rv64gc', '-O2', folder));
    const expected = trail(elf, { cycleModel, engine: 'interpreter' });
    for (const engine of ['translator', 'auto', 'block'] as const) {
      const { translations, asked } = memory();
      for (let run = 0; run < 3; run++) expect(trail(elf, { cycleModel, engine, translations })).toEqual(expected);
      if (asked.kept > 0) expect(asked.found).toBe(2);
    }
  });

  test('gives an accelerator the same commands in the same cycles', () => {
    const elf = gemminiProgram();
    const options = { machine: gemminiMachine } as const;
    const expected = trail(elf, { ...options, engine: 'interpreter' });
    expect(expected.at(-1)).toMatch(/^exit/);
    const { translations, asked } = memory();
    for (let run = 0; run < 3; run++) expect(trail(elf, { ...options, engine: 'translator', translations })).toEqual(expected);
    expect(asked.found).toBe(2);
  });

  test('finds functions from their start, each once', async () => {
    const elf = read(await compileGuest('coremark-like.c', 'zig', 'rv64gc', '-O2', folder));
    const { symbols } = Machine.load(elf);
    const { translations, kept } = memory();
    trail(elf, { cycleModel: 'rocket', engine: 'auto', translations });
    const [functions, ...places] = decodeKept([...kept.values()][0]!)!.modules.map((module) => module.entries);
    const starts = functions!.filter((entry) => symbols.at(entry)?.offset === 0);
    expect(starts.length).toBeGreaterThan(5);
    const all = [...functions!, ...places.flat()];
    expect(new Set(all).size).toBe(all.length);
  });

  test('translates nothing again, and keeps nothing again', () => {
    const elf = gemminiProgram();
    const { translations, asked } = memory();
    for (let run = 0; run < 4; run++) trail(elf, { machine: gemminiMachine, engine: 'translator', translations });
    expect(asked).toEqual({ found: 3, kept: 1 });
  });
});

const loop = (step: number): Uint8Array =>
  makeElf({
    bits: 64,
    code: assembled(64, ['lui x6, 4', `addi x5, x5, ${step}`, 'addi x6, x6, -1', 'bne x6, x0, -8', 'lw x7, 0(x0)']),
  });
const sumOf = (elf: Uint8Array, options: MachineOptions): bigint => {
  const machine = Machine.load(elf, { engine: 'translator', memoryBytes: 1 << 16, ...options });
  machine.run();
  return machine.register('x5');
};

describe('what is kept', () => {
  const right = 3n * 4n * 4096n;

  test('is not used for other code, whatever name it is found under', () => {
    const exiting = gemminiProgram();
    const { translations, kept } = memory();
    trail(exiting, { machine: gemminiMachine, engine: 'translator', translations });
    const [bytes] = [...kept.values()];
    const other: Translations = { find: () => bytes, keep: () => {} };
    expect(sumOf(loop(3), { translations: other })).toBe(right);
    expect(sumOf(loop(5), { translations: other })).toBe((5n * right) / 3n);
  });

  test('has another name for other code, another machine and another cycle model', () => {
    const elf = gemminiProgram();
    const names = [
      { machine: gemminiMachine },
      { machine: gemminiMachine, cycleModel: 'functional' },
      { machine: { ...gemminiMachine, cores: [{ ...gemminiMachine.cores[0], cycles: 'functional' }] } },
      { machine: gemminiMachine, memoryBytes: 128 << 20 },
      { machine: gemminiMachine, misaligned: 'trap' },
    ] as const;
    const kept = names.map((options) => {
      const { translations, kept } = memory();
      trail(elf, { ...options, engine: 'translator', translations });
      return [...kept.keys()][0];
    });
    expect(new Set(kept).size).toBe(names.length);
  });

  test('is read as it was written, and a part of it is read as nothing', () => {
    const kept = {
      conditions: 'é',
      code: [{ address: 0x8000_0000, bytes: Uint8Array.of(1, 2, 3) }],
      functions: [0x8000_0000],
      modules: [{ entries: [0x8000_0000, 2 ** 32 - 2], bytes: Uint8Array.of(0, 97, 115, 109) }],
    };
    const bytes = encodeKept(kept);
    expect(decodeKept(bytes)).toEqual(kept);
    for (let length = 0; length < bytes.length; length++) expect(decodeKept(bytes.slice(0, length))).toBeUndefined();
    expect(decodeKept(Uint8Array.of(...bytes, 0))).toBeUndefined();
  });

  test('that is no translation leaves a run as it is without', () => {
    const elf = gemminiProgram();
    const expected = trail(elf, { machine: gemminiMachine, engine: 'interpreter' });
    const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 167 + (i >> 3)) & 255);
    for (const length of [0, 1, 7, 100, 5000])
      expect(
        trail(elf, { machine: gemminiMachine, engine: 'translator', translations: { find: () => noise(length), keep: () => {} } }),
      ).toEqual(expected);
  });

  test('with a module that does not compile or does not link is not used', () => {
    const elf = gemminiProgram();
    const expected = trail(elf, { machine: gemminiMachine, engine: 'interpreter' });
    const broken = (bytes: Uint8Array<ArrayBuffer>) => (kept: Uint8Array) => {
      const { modules, ...rest } = decodeKept(kept)!;
      return encodeKept({ ...rest, modules: modules.map((module) => ({ ...module, bytes })) });
    };
    const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    const unknown = Uint8Array.of(...empty, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 120, 1, 121, 0, 0);
    for (const bytes of [empty.slice(0, 5), unknown]) {
      const { translations } = memory(broken(bytes));
      for (let run = 0; run < 2; run++)
        expect(trail(elf, { machine: gemminiMachine, engine: 'translator', translations })).toEqual(expected);
    }
  });
});

test('a fingerprint tells code from other code and from the same code elsewhere', () => {
  const segment = { address: 0, loadAddress: 0, size: 9, writable: false, executable: true };
  const data = Uint8Array.from({ length: 9 }, (_, i) => i);
  const prints = [
    [{ ...segment, data }],
    [{ ...segment, data, address: 4096 }],
    [{ ...segment, data: data.with(8, 0) }],
    [{ ...segment, data: data.with(1, 0) }],
    [{ ...segment, data: data.subarray(0, 8) }],
    [],
  ].map(fingerprint);
  expect(new Set(prints).size).toBe(prints.length);
  const constants = { ...segment, data: data.with(2, 9), executable: false };
  expect(fingerprint([{ ...segment, data }, constants])).toBe(prints[0]);
});
