import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Operation, operations, type Place } from '../../../src/simulator/float/operations.ts';
import { floatStatus } from '../../../src/simulator/float/status.ts';
import { encode, vectors } from './vectors.ts';

const isPossible = process.arch === 'x64' && spawnSync('gcc', ['--version']).status === 0;

/** What C calls the operation, on x, y and z of the operands' types. x86 too detects tininess after rounding. RMM is not in fenv.h. */
const expressions: { readonly [name: string]: string } = {
  'fadd.s': 'x + y',
  'fsub.s': 'x - y',
  'fmul.s': 'x * y',
  'fdiv.s': 'x / y',
  'fsqrt.s': 'sqrtf(x)',
  'fmadd.s': 'FMA(fmaf, x, y, z)',
  'fmsub.s': 'FMA(fmaf, x, y, -z)',
  'fnmsub.s': 'FMA(fmaf, -x, y, z)',
  'fnmadd.s': 'FMA(fmaf, -x, y, -z)',
  'feq.s': 'x == y',
  'flt.s': 'x < y',
  'fle.s': 'x <= y',
  'fcvt.s.w': '(int32_t)x',
  'fcvt.s.wu': '(uint32_t)x',
  'fcvt.s.l': '(int64_t)x',
  'fcvt.s.lu': 'x',
  'fcvt.s.d': 'x',
  'fadd.d': 'x + y',
  'fsub.d': 'x - y',
  'fmul.d': 'x * y',
  'fdiv.d': 'x / y',
  'fsqrt.d': 'sqrt(x)',
  'fmadd.d': 'FMA(fma, x, y, z)',
  'fmsub.d': 'FMA(fma, x, y, -z)',
  'fnmsub.d': 'FMA(fma, -x, y, z)',
  'fnmadd.d': 'FMA(fma, -x, y, -z)',
  'feq.d': 'x == y',
  'flt.d': 'x < y',
  'fle.d': 'x <= y',
  'fcvt.d.w': '(int32_t)x',
  'fcvt.d.wu': '(uint32_t)x',
  'fcvt.d.l': '(int64_t)x',
  'fcvt.d.lu': 'x',
  'fcvt.d.s': 'x',
};
const types: Record<Place, string> = { s: 'float', d: 'double', w: 'uint32_t', l: 'uint64_t' };

const body = ({ name, operands, result }: Operation, index: number): string => {
  const declarations = operands.map(
    (place, i) => `volatile ${types[place]} ${'xyz'[i]}; memcpy((void *)&${'xyz'[i]}, in + ${i + 1}, sizeof x);`,
  );
  const isFloat = result === 's' || result === 'd';
  return `case ${index}: { ${declarations.join(' ')} feclearexcept(FE_ALL_EXCEPT); volatile ${types[result]} r = ${expressions[name]};
    flags = accrued(); ${isFloat ? `if (r != r) r = ${result === 's' ? '__builtin_nanf' : '__builtin_nan'}("");` : ''} memcpy(&out[0], (void *)&r, sizeof r); break; }`;
};

const tested = operations.filter(({ name }) => name in expressions);
const program = `
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* RISC-V raises NV for infinity times zero plus a quiet NaN; x86 does not. */
#define FMA(f, x, y, z) (((isinf(x) && (y) == 0) || ((x) == 0 && isinf(y))) ? (feraiseexcept(FE_INVALID), NAN) : f(x, y, z))
static uint64_t accrued(void) {
  int e = fetestexcept(FE_ALL_EXCEPT);
  return (e & FE_INEXACT ? 1 : 0) | (e & FE_UNDERFLOW ? 2 : 0) | (e & FE_OVERFLOW ? 4 : 0) | (e & FE_DIVBYZERO ? 8 : 0) | (e & FE_INVALID ? 16 : 0);
}
int main(void) {
  static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  uint64_t in[4], out[2];
  while (fread(in, sizeof in, 1, stdin) == 1) {
    uint64_t flags = 0;
    out[0] = 0;
    fesetround(modes[in[0] >> 32]);
    switch ((uint32_t)in[0]) { ${tested.map(body).join('\n')} }
    fesetround(FE_TONEAREST);
    out[1] = flags;
    fwrite(out, sizeof out, 1, stdout);
  }
  return 0;
}`;

describe.skipIf(!isPossible)('with gcc on x86-64', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-fenv-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('arithmetic, comparisons and conversions to floats give the bits and the flags of the processor under fenv.h', () => {
    const source = join(folder, 'fenv.c');
    const executable = join(folder, 'fenv');
    writeFileSync(source, program);
    const built = spawnSync('gcc', ['-O0', '-frounding-math', '-fsignaling-nans', source, '-o', executable, '-lm'], { encoding: 'utf8' });
    expect(built.stderr).toBe('');

    const cases = vectors(tested, [0, 1, 2, 3], Number(process.env['FLOAT_VECTORS'] ?? 200), 3n);
    const { stdout, status } = spawnSync(executable, { input: new Uint8Array(encode(cases).buffer), maxBuffer: 2 ** 30 });
    expect(status).toBe(0);
    const answers = new BigUint64Array(Uint8Array.from(stdout).buffer);
    expect(answers.length).toBe(2 * cases.length);

    const ours = floatStatus();
    const wrong = cases.flatMap(({ operation, mode, operands }, i) => {
      const { name, run } = tested[operation]!;
      ours.flags = 0;
      const found = run(...operands, mode, ours);
      return found === answers[2 * i] && ours.flags === Number(answers[2 * i + 1])
        ? []
        : [
            `${name} mode ${mode} of ${operands.map((x) => x.toString(16))}: ${found.toString(16)} flags ${ours.flags}, C ${answers[2 * i]?.toString(16)} flags ${answers[2 * i + 1]}`,
          ];
    });
    expect(wrong.slice(0, 20)).toEqual([]);
  }, 60_000);
});
