import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runStep } from '../../src/engine/reference.ts';
import { findToolchain } from '../../src/targets/host/toolchain.ts';
import { runTrials, type Trial } from './harness.ts';
import { trials } from './trials.ts';

/** An error in a kernel: what stands there, and what is put in its place. */
interface Planted {
  readonly operator: string;
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

const planted: readonly Planted[] = [
  { operator: 'layer-norm', file: 'layer_norm.c', right: 'length * x[k] - sum', wrong: 'length * x[k]' },
  { operator: 'layer-norm', file: 'layer_norm.c', right: '(int64_t)sum * sum', wrong: '(int64_t)sum * (sum - 1)' },
  { operator: 'layer-norm', file: 'norm.h', right: '+ (uint64_t)epsilon', wrong: '' },
  { operator: 'rms-norm', file: 'rms_norm.c', right: 'k = 0; k < length; k++) squares', wrong: 'k = 1; k < length; k++) squares' },
  { operator: 'rms-norm', file: 'norm.h', right: '(uint64_t)1 << 62; bit', wrong: '(uint64_t)1 << 60; bit' },
  { operator: 'rms-norm', file: 'norm.h', right: 'reciprocal > INT32_MAX ? INT32_MAX :', wrong: '' },
  { operator: 'softmax', file: 'softmax.c', right: 'k = 1; k < columns', wrong: 'k = 2; k < columns' },
  { operator: 'softmax', file: 'softmax.h', right: 'bits + shape->exponent', wrong: '31 + shape->exponent' },
  { operator: 'softmax', file: 'softmax.h', right: 'share.exponent > 62', wrong: 'share.exponent > 52' },
  { operator: 'softmax', file: 'softmax.h', right: '0, share.hi', wrong: '0, share.hi - 1' },
  { operator: 'wide-softmax', file: 'wide_softmax.c', right: 'k = 1; k < columns', wrong: 'k = 1; k < columns - 1' },
  { operator: 'wide-softmax', file: 'exponential.h', right: '(v & 4095) - 2048', wrong: '(v & 4095)' },
  { operator: 'multiply', file: 'multiply.c', right: 'b += inner', wrong: 'b += 0' },
  { operator: 'matmul', file: 'matmul.c', right: 'int32_t k = 0; k < depth', wrong: 'int32_t k = 1; k < depth' },
  { operator: 'rope', file: 'rope.c', right: 'even * s[k] + odd * c[k]', wrong: 'even * s[k] - odd * c[k]' },
  { operator: 'rope', file: 'rope.c', right: 'c += pairs, s += pairs', wrong: 'c += pairs' },
  { operator: 'rfft', file: 'rfft.c', right: 'place >= length', wrong: 'place > length' },
  { operator: 'magnitude', file: 'magnitude.c', right: 'thresholds[2 * middle] << 32', wrong: 'thresholds[2 * middle] << 31' },
  { operator: 'phase', file: 'phase.c', right: 'im < 0 ? -turned : turned', wrong: 'turned' },
  { operator: 'gather', file: 'gather.c', right: '(int32_t)x[k] * width', wrong: '(int32_t)x[0] * width' },
  { operator: 'softplus', file: 'softplus.c', right: '+ 512) >> 10', wrong: ') >> 10' },
  { operator: 'selective-scan', file: 'selective_scan.c', right: 'n++) h[n] = 0', wrong: 'n++) h[n] &= 1' },
  { operator: 'selective-scan', file: 'selective_scan.c', right: 'h[n] = clamp32(', wrong: 'h[n] = (int32_t)(' },
  { operator: 'selective-scan', file: 'exponential.h', right: '+ 2048;', wrong: '+ 2047;' },
];

const folder = mkdtempSync(join(tmpdir(), 'bitwright-planted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const toolchain = findToolchain({ environment: {} });

const isOf = ({ operator: wanted }: Planted, { step }: Trial): boolean => step.stages.every(({ operator }) => operator === wanted);

/** How many results of the trials of an operator differ from its definition when the error is in the kernels. */
async function differing(error: Planted, name: string): Promise<number> {
  const chosen = trials.filter((trial) => isOf(error, trial));
  const plant = (file: string, source: string): string => (file === error.file ? source.replace(error.right, error.wrong) : source);
  const results = await runTrials(chosen, join(folder, name), toolchain, { optimise: ['-O0'] }, plant);
  return chosen
    .flatMap((trial, index) => trial.cases.map((values, at) => ({ trial, values, found: results[index]![at]! })))
    .filter(({ trial, values, found }) =>
      runStep(trial.step, (value) => values.get(value)!).data.some((value, position) => value !== found.data[position]),
    ).length;
}

describe('an error planted in a kernel is caught', { timeout: 120_000 }, () => {
  test.each(planted.map((error, index) => ({ ...error, index })))('$file: "$wrong" for "$right"', async ({ index, ...error }) => {
    expect(await differing({ ...error, wrong: error.right }, `${index}-right`)).toBe(0);
    expect(await differing(error, `${index}-wrong`)).toBeGreaterThan(0);
  });
});
