import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Operation, operations, type Place } from '../../../src/simulator/float/operations.ts';
import { floatStatus } from '../../../src/simulator/float/status.ts';
import { encode, vectors } from './vectors.ts';

const compiler = 'riscv64-unknown-elf-gcc';
const qemu = 'qemu-riscv64';
const exists = (command: string): boolean => spawnSync(command, ['--version']).status === 0;
const isPossible = exists(compiler) && exists(qemu);

const intoRegister: Record<Place, (i: number) => string> = {
  s: (i) => `fmv.w.x ft${i}, %${i + 2}`,
  d: (i) => `fmv.d.x ft${i}, %${i + 2}`,
  w: (i) => `mv t${i}, %${i + 2}`,
  l: (i) => `mv t${i}, %${i + 2}`,
};
const register = (place: Place, i: number): string => (place === 's' || place === 'd' ? `ft${i}` : `t${i}`);
const outOfRegister: Record<Place, string> = { s: 'fmv.x.w %0, ft3', d: 'fmv.x.d %0, ft3', w: 'mv %0, t3', l: 'mv %0, t3' };

/** One case of the reference program: the instruction itself, under the rounding mode asked for, and the flags that it leaves. */
const assembly = ({ name, result, operands }: Operation, index: number): string => {
  const lines = [
    ...operands.map((place, i) => intoRegister[place](i)),
    'fsrm %5',
    'fsflags zero',
    `${name} ${[register(result, 3), ...operands.map(register)].join(', ')}`,
    'frflags %1',
    outOfRegister[result],
  ];
  return `case ${index}: __asm__ volatile("${lines.join('\\n')}" : "=&r"(result), "=&r"(flags) : "r"(in[1]), "r"(in[2]), "r"(in[3]), "r"(in[0] >> 32) : "t0", "t1", "t2", "t3", "ft0", "ft1", "ft2", "ft3"); break;`;
};

const program = `
typedef unsigned long u64;
static long syscall3(long number, long a, void *b, long c) {
  register long a0 __asm__("a0") = a; register void *a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c; register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}
static u64 in[4], out[2];
static int fill(void) {
  for (long have = 0; have < (long)sizeof in;) {
    long n = syscall3(63, 0, (char *)in + have, sizeof in - have);
    if (n <= 0) return 0;
    have += n;
  }
  return 1;
}
void _start(void) {
  while (fill()) {
    u64 result = 0, flags = 0;
    switch ((unsigned)in[0]) { ${operations.map(assembly).join('\n')} }
    out[0] = result; out[1] = flags;
    syscall3(64, 1, out, sizeof out);
  }
  syscall3(93, 0, 0, 0);
  for (;;) ;
}`;

describe.skipIf(!isPossible)('with riscv64-unknown-elf-gcc and qemu-riscv64 installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-float-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('every float instruction in every rounding mode gives the bits and the flags that QEMU gives', () => {
    const source = join(folder, 'reference.c');
    const executable = join(folder, 'reference');
    writeFileSync(source, program);
    const flags = ['-O1', '-march=rv64gc', '-mabi=lp64d', '-nostdlib', '-static', '-ffreestanding'];
    const built = spawnSync(compiler, [...flags, source, '-o', executable], { encoding: 'utf8' });
    expect(built.stderr).toBe('');

    const cases = vectors(operations, [0, 1, 2, 3, 4], Number(process.env['FLOAT_VECTORS'] ?? 200));
    const { stdout, status } = spawnSync(qemu, [executable], { input: new Uint8Array(encode(cases).buffer), maxBuffer: 2 ** 30 });
    expect(status).toBe(0);
    const answers = new BigUint64Array(Uint8Array.from(stdout).buffer);
    expect(answers.length).toBe(2 * cases.length);

    const ours = floatStatus();
    const wrong = cases.flatMap(({ operation, mode, operands }, i) => {
      const { name, result, run } = operations[operation]!;
      ours.flags = 0;
      const found = run(...operands, mode, ours);
      const expected = BigInt.asUintN(result === 's' || result === 'w' ? 32 : 64, answers[2 * i]!);
      return found === expected && ours.flags === Number(answers[2 * i + 1])
        ? []
        : [
            `${name} mode ${mode} of ${operands.map((x) => x.toString(16))}: ${found.toString(16)} flags ${ours.flags}, QEMU ${expected.toString(16)} flags ${answers[2 * i + 1]}`,
          ];
    });
    expect(wrong.slice(0, 20)).toEqual([]);
  }, 60_000);
});
