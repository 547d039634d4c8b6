import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { machineNames, simulationEngines } from '../../src/cli/commands/simulate.ts';
import { run } from '../../src/cli/run.ts';
import { gemminiRoundings } from '../../src/cli/simulator-options.ts';
import { roundings } from '../../src/simulator/devices/gemmini/rounding.ts';
import { engines } from '../../src/simulator/engines.ts';
import { machines } from '../../src/simulator/machines/index.ts';
import { assembled, makeElf } from '../simulator/elf.ts';
import { command, configureLoad, configureStore, registers, word } from '../simulator/gemmini/timing.ts';
import { programOf } from '../simulator/timing/program.ts';
import { bitwright } from './bitwright.ts';

const fixture = new URL('../fixtures/formats/elf/rv64.elf', import.meta.url).pathname;
/** No text in UTF-8. */
const notText = Uint8Array.of(0xff, 0x80, 0xc3, 0x28, 0xfe);
let root = '';
const program = (name: string): string => join(root, name);
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-simulate-'));
  const write = (
    name: string,
    lines: readonly (string | number)[],
    symbols: Readonly<Record<string, number>> = {},
    message: Uint8Array = new TextEncoder().encode('héllo\n'),
  ): void => {
    const code = new Uint8Array(0x1100);
    code.set(assembled(64, lines));
    code.set(message, 0x1080);
    writeFileSync(program(name), makeElf({ bits: 64, code, symbols: { start: 0, tohost: 0x1000, ...symbols } }));
  };
  const print = ['addi x10, x0, 4', 'auipc x11, 0x1', 'addi x11, x11, 124', 0x01f0_1013, 0x0010_0073, 0x4070_5013];
  const exit = ['addi x6, x0, 15', 'auipc x5, 0x1', 'addi x5, x5, -28', 'sd x6, 0(x5)', 'jal x0, 0'];
  write('hello.elf', [...print, ...exit]);
  write('bytes.elf', [...print, ...exit], {}, notText);
  write('forever.elf', ['jal x0, 0']);
  write('fault.elf', ['jal x1, 8', 'jal x0, 0', 'lw x5, 16(x0)'], { reader: 8 });
  write('calls.elf', ['jal x1, 8', 'jal x0, 0', 'addi x5, x5, 1', 'jal x0, -4'], { loop: 8 });
  write('asleep.elf', ['wfi', 'jal x0, -4']);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the options offer every machine, engine and rounding', () => {
  expect([...machineNames]).toEqual(Object.keys(machines));
  expect([...simulationEngines]).toEqual(Object.keys(engines));
  expect([...gemminiRoundings]).toEqual([...roundings]);
});

test('what a program prints comes out byte by byte, text or not', async () => {
  const written: Buffer[] = [];
  const write = (content: string | Buffer): unknown => written.push(Buffer.from(content as string));
  expect(await run(['simulate', program('bytes.elf')], commands, { stdout: { write }, stderr: { write: () => undefined }, env: {} })).toBe(
    7,
  );
  expect([...Buffer.concat(written)]).toEqual([...notText]);
});

test('a memory that answers later costs cycles where the model has caches, and is refused where it has none', async () => {
  const run = async (...more: string[]): Promise<number> => {
    const { out } = await bitwright(
      'simulate',
      program('hello.elf'),
      '--json',
      '--machine',
      'gemmini',
      '--rounding',
      'libgemmini',
      ...more,
    );
    return (JSON.parse(out) as { readonly cycles: number }).cycles;
  };
  expect(await run('--memory-latency', '100')).toBe((await run()) + 99);
  const { code, note } = await bitwright('simulate', program('hello.elf'), '--memory-latency', '40');
  expect({ code, note }).toEqual({
    code: 1,
    note: 'bitwright: --memory-latency: found the cycle model functional, expected one with caches. Add --cycle-model rocket.\n',
  });
});

describe.each(simulationEngines)('simulate with the engine %s', (engine) => {
  test('shows what the program prints and passes its exit code on', async () => {
    const { code, out, note } = await bitwright('simulate', program('hello.elf'), '--engine', engine);
    expect({ code, out }).toEqual({ code: 7, out: 'héllo\n' });
    expect(note).toMatch(/^1\d instructions, 1\d cycles, [\d.,]+ MIPS\n$/);
  });

  test("counts rocket's cycles where it is told to", async () => {
    const report = await bitwright('simulate', program('hello.elf'), '--engine', engine, '--cycle-model', 'rocket', '--json');
    const { instructions, cycles } = JSON.parse(report.out) as { instructions: number; cycles: number };
    expect([instructions, cycles]).toEqual([10, 63]);
  });

  test('reports a fault and ends with 139', async () => {
    const { code, out, note } = await bitwright('simulate', program('fault.elf'), '--engine', engine);
    expect({ code, out }).toEqual({ code: 139, out: '' });
    expect(note).toMatch(/^load access fault of 0x10 at 0x80000008 in reader\n {2}called from 0x80000004 in start\+0x4\n +ra +0x80000004/);
  });

  test.each([
    ['--max-instructions', '1000'],
    ['--timeout', '0.05'],
  ])('ends with 124 after %s', async (option, value) => {
    const { code, note } = await bitwright('simulate', program('forever.elf'), '--engine', engine, option, value);
    expect(code).toBe(124);
    expect(note).toMatch(new RegExp(`^stopped by ${option}\n[\\d,]+ instructions`));
  });

  test('ends with 125 when nothing can wake the program', async () => {
    const { code, note } = await bitwright('simulate', program('asleep.elf'), '--engine', engine);
    expect(code).toBe(125);
    expect(note).toContain('waits for an interrupt that cannot come');
  });
});

test('simulate --json says everything in one value', async () => {
  const { code, out } = await bitwright('simulate', program('hello.elf'), '--json');
  expect(JSON.parse(out)).toMatchObject({ reason: 'exit', code: 7, output: 'héllo\n', errors: '', instructions: expect.any(Number) });
  expect(code).toBe(7);
  const fault = JSON.parse((await bitwright('simulate', program('fault.elf'), '--json')).out);
  expect(fault).toMatchObject({ reason: 'fault', fault: { cause: 'load access fault', value: '0x10', stack: [{ symbol: 'reader' }, {}] } });
});

test('simulate --report-missing-fences goes on behind them, says of each instruction once where it is, and ends with 139', async () => {
  const store = [
    ...[configureLoad(16), configureStore(64), registers({ a1: 0x8200_0000, a2: word(0), a3: 0x8200_4000, a4: word(0), s0: 3 })],
    ...[command(2, 'a1', 'a2'), command(3, 'a3', 'a4')],
  ];
  const accesses = ['2:', 'lbu a0, 0(a3)', 'addi s0, s0, -1', 'bnez s0, 2b', 'sb a0, 64(a3)', 'li a0, 5'];
  writeFileSync(program('fences.elf'), programOf([...store, ...accesses].join('\n')));
  writeFileSync(program('fenced.elf'), programOf([...store, 'fence', ...accesses].join('\n')));
  const simulate = (name: string, ...more: string[]) =>
    bitwright('simulate', program(name), '--machine', 'gemmini', '--report-missing-fences', ...more);

  const { code, note } = await simulate('fences.elf');
  expect(code).toBe(139);
  const [load, stored, summary, count] = note.split('\n');
  const still = 'missing fence: gemmini still writes there:';
  expect(load).toMatch(new RegExp(`^${still} load access of 0x82004000 at 0x800000.. in _start\\+0x..$`));
  expect(stored).toMatch(new RegExp(`^${still} store access of 0x82004040 at 0x800000.. in _start\\+0x..$`));
  expect(summary).toBe('4 accesses without a fence, by 2 instructions');
  expect(count).toMatch(/^\d+ instructions, /);

  const json = await simulate('fences.elf', '--json');
  const missingFences = [{ value: '0x82004000', stack: [{}], times: 3 }, { times: 1 }];
  expect({ ...json, out: JSON.parse(json.out) }).toMatchObject({ code: 139, note: '', out: { reason: 'exit', code: 5, missingFences } });
  const fenced = await simulate('fenced.elf', '--json');
  expect({ ...fenced, out: JSON.parse(fenced.out) }).toMatchObject({ code: 5, out: { missingFences: [] } });
});

test('simulate --profile prints the functions that cost most and writes folded stacks', async () => {
  const file = program('folded.txt');
  const { note } = await bitwright('simulate', program('calls.elf'), '--max-instructions', '100000', '--profile', file);
  expect(note).toMatch(/\nfunction +cycles +share +with what it calls +its share\n.*\nloop +[\d,]+ +100\.0 % +[\d,]+ +100\.0 %\n/);
  expect(readFileSync(file, 'utf8')).toMatch(/^start;loop \d+\n$/);
});

test('simulate --profile writes the call stacks over time where the file is called .json', async () => {
  const file = program('timeline.json');
  await bitwright('simulate', program('calls.elf'), '--max-instructions', '4000', '--profile', file);
  const [process, thread, start, loop] = JSON.parse(readFileSync(file, 'utf8')).traceEvents;
  expect([process, thread]).toMatchObject([{ args: { name: 'calls.elf' } }, { args: { name: 'core 0' } }]);
  expect([start, loop]).toMatchObject([
    { name: 'start', ph: 'X', ts: 0, dur: 4.001 },
    { name: 'loop', ph: 'X', ts: 0, dur: 4.001 },
  ]);
});

test('simulate --trace prints the instructions', async () => {
  const { note } = await bitwright('simulate', program('hello.elf'), '--trace', '--max-instructions', '2');
  expect(note).toMatch(/^80000000 <start>: addi x10, x0, 4\n80000004 <start\+4>: auipc x11, 0x1\n/);
});

test('simulate refuses what is no program in one sentence', async () => {
  const { code, note } = await bitwright('simulate', new URL(import.meta.url).pathname);
  expect(code).toBe(1);
  expect(note).toMatch(/^bitwright: .*simulate\.test\.ts: found no ELF signature at its start, expected a RISC-V ELF file\. .*\n$/);
  expect((await bitwright('simulate', program('absent.elf'))).note).toMatch(/^bitwright: .*absent\.elf: found no such file/);
  expect((await bitwright('simulate', program('hello.elf'), '--machine', 'rv32')).note).toContain('found a program of 64 bits');
});

describe('disassemble', () => {
  test('prints labels, instructions and where jumps go', async () => {
    const { out, code } = await bitwright('disassemble', program('fault.elf'));
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 6)).toEqual([
      '80000000 <start>:',
      '  80000000: 008000ef  jal ra, 8  # 80000008 <reader>',
      '  80000004: 0000006f  jal zero, 0  # 80000004 <start+0x4>',
      '',
      '80000008 <reader>:',
      '  80000008: 01002283  lw t0, 16(zero)',
    ]);
  });

  test('prints one function with its source lines', async () => {
    const { out } = await bitwright('disassemble', fixture, '--symbol', 'twice', '--lines');
    expect(out).toMatch(/^8000126c <twice>:\n.*twice\.c:3:\n {2}8000126c: 1101 {6}c\.addi sp, -32\n/);
    expect(out).not.toContain('<_start>:');
  });

  test('refuses an unknown symbol', async () => {
    const { code, note } = await bitwright('disassemble', fixture, '--symbol', 'thrice');
    expect({ code, note }).toMatchObject({ code: 1, note: expect.stringContaining('found no symbol thrice, expected one of its symbols') });
  });
});
