import { describe, expect, it } from 'vitest';
import { gemmini } from '../../../src/hardware/gemmini.ts';
import { Gemmini } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { functs } from '../../../src/simulator/devices/gemmini/operands.ts';
import { base, Driver, makeContext, noPlace, random, randomBytes, sums } from './harness.ts';

function start() {
  const { memory, context } = makeContext();
  return { memory, view: new DataView(memory.buffer), signed: new Int8Array(memory.buffer), driver: new Driver(new Gemmini(context)) };
}
const clamp = (value: number): number => Math.max(-128, Math.min(127, value));

describe('commands of the array', () => {
  it.each([true, false])('move matrices in and out through the scratchpad and the accumulator (%s: accumulated)', (accumulate) => {
    const { memory, view, driver } = start();
    const next = random(1);
    memory.set(new Uint8Array(randomBytes(4096, next).buffer));
    driver.configureLoad(0, 64);
    driver.load(0, 64, { local: 100, rows: 7, cols: 40 });
    driver.configureStore(50);
    driver.store(0x1000, { local: 100, rows: 7, cols: 40 });
    driver.fence();
    for (let row = 0; row < 7; row++)
      expect(memory.slice(0x1000 + 50 * row, 0x1000 + 50 * row + 40)).toEqual(memory.slice(64 + 64 * row, 104 + 64 * row));
    const first = Int32Array.from({ length: 32 }, () => Math.floor(next() * 2 ** 32) | 0);
    for (const [i, value] of first.entries()) view.setInt32(0x2000 + 4 * i, value, true);
    driver.configureLoad(1, 64);
    driver.load(1, 0x2000, { local: sums(900), rows: 2, cols: 16 });
    driver.load(1, 0x2000, { local: sums(900, { accumulate }), rows: 2, cols: 16 });
    driver.configureStore(64, { scale: 0.001, relu: true });
    driver.store(0x3000, { local: sums(900, { full: true }), rows: 2, cols: 16 });
    driver.fence();
    const result = Int32Array.from(first, (_, i) => view.getInt32(0x3000 + 4 * i, true));
    expect(result).toEqual(first.map((value) => (accumulate ? 2 * value : value)));
  });

  it.each([
    [false, false, true],
    [true, false, true],
    [false, true, true],
    [false, false, false],
    [true, false, false],
    [true, true, false],
  ])('multiply (A transposed: %s, B transposed: %s, weights stay: %s)', (a, b, weightStationary) => {
    const { signed, view, driver } = start();
    const next = random(7);
    signed.set(randomBytes(768, next));
    driver.configureExecute({ weightStationary, a, b, shift: 0 });
    driver.configureLoad(0, 16);
    for (const [i, local] of [0, 4096, 8192].entries()) driver.load(0, 256 * i, { local, rows: 16, cols: 16 });
    const [first, second, third] = [0, 4096, 8192].map((local) => ({ local, rows: 16, cols: 16 })) as [never, never, never];
    driver.preload(weightStationary ? second : third, { local: sums(0), rows: 16, cols: 16 });
    driver.compute(true, first, weightStationary ? third : second);
    driver.configureStore(64);
    driver.store(0x4000, { local: sums(0, { full: true }), rows: 16, cols: 16 });
    driver.fence();
    for (let i = 0; i < 16; i++)
      for (let j = 0; j < 16; j++) {
        let sum = signed[512 + 16 * i + j]!;
        for (let k = 0; k < 16; k++) sum += signed[a ? 16 * k + i : 16 * i + k]! * signed[256 + (b ? 16 * j + k : 16 * k + j)]!;
        expect(view.getInt32(0x4000 + 64 * i + 4 * j, true)).toBe(sum);
      }
  });

  it('saturate what they write to the scratchpad, and what they scale', () => {
    const { signed, driver } = start();
    signed.fill(-128, 0, 512);
    driver.configureExecute();
    driver.configureLoad(0, 16);
    driver.load(0, 0, { local: 0, rows: 16, cols: 16 });
    driver.preload({ local: 0, rows: 16, cols: 16 }, { local: 64, rows: 16, cols: 16 });
    driver.compute(true, { local: 0, rows: 16, cols: 16 }, noPlace());
    driver.configureStore(16);
    driver.store(0x1000, { local: 64, rows: 1, cols: 16 });
    driver.fence();
    expect(signed.slice(0x1000, 0x1010).every((value) => value === 127)).toBe(true);
    driver.configureLoad(0, 16, { scale: 1.5, shrunk: true });
    driver.load(0, 0, { local: sums(0), rows: 1, cols: 16 });
    driver.configureStore(16, { scale: 0.5 });
    driver.store(0x1100, { local: sums(0), rows: 1, cols: 16 });
    driver.fence();
    expect(signed[0x1100]).toBe(-64);
  });

  it('pool what they store', () => {
    const { signed, driver } = start();
    const next = random(3);
    signed.set(randomBytes(36 * 16, next));
    driver.configureLoad(0, 16);
    for (const start of [0, 16, 32]) driver.load(0, 16 * start, { local: start, rows: Math.min(16, 36 - start), cols: 16 });
    const [rows, pooled, size, stride, pad] = [6, 3, 3, 2, 1];
    const low = (stride << 4) | (size << 6) | (pad << 8) | (pad << 10) | (pooled << 24);
    driver.configureStore(16, { pool: [low, pooled | (pooled << 8) | (rows << 16) | (rows << 24)] });
    driver.store(0x1000, { local: 0, rows: 0, cols: 16 });
    driver.fence();
    for (let y = 0; y < pooled; y++)
      for (let x = 0; x < pooled; x++) {
        let best = -128;
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++) {
            const [row, col] = [y * stride + i - pad, x * stride + j - pad];
            best = Math.max(best, row < 0 || col < 0 || row >= rows || col >= rows ? 0 : signed[16 * (rows * row + col) + 5]!);
          }
        expect(signed[0x1000 + 16 * (pooled * y + x) + 5]).toBe(best);
      }
  });

  it('that the hardware would hang at are refused', () => {
    const { driver } = start();
    driver.configureLoad(0, 16);
    expect(() => driver.load(0, 1 << 21, { local: 0, rows: 16, cols: 16 })).toThrow('addresses of the main memory');
    expect(() => driver.load(0, 0, { local: sums(0), rows: 16, cols: 32 })).toThrow('at most 64');
    expect(() => driver.give(60, [0, 0], [0, 0])).toThrow('found the command 60');
  });
});

describe('LOOP_WS', () => {
  it.each([
    [1, 1, 1, 0, 0, 0, false, false],
    [2, 3, 4, 3, 5, 7, false, false],
    [4, 5, 2, 1, 0, 15, true, false],
    [3, 2, 5, 4, 9, 2, false, true],
  ])('multiplies %d by %d by %d tiles', (i, j, k, padI, padJ, padK, transposeA, transposeB) => {
    const { signed, view, driver } = start();
    const next = random(i * 100 + j);
    const [I, J, K] = [16 * i - padI, 16 * j - padJ, 16 * k - padK];
    const [a, b, d, c] = [0x1000, 0x11000, 0x21000, 0x31000];
    signed.set(randomBytes(I * K, next), a);
    signed.set(randomBytes(K * J, next), b);
    for (let at = 0; at < I * J; at++) view.setInt32(d + 4 * at, Math.floor(next() * 20000) - 10000, true);
    const [strideA, strideB] = [transposeA ? I : K, transposeB ? K : J];
    driver.configureExecute({ a: transposeA, b: transposeB });
    driver.configureLoad(0, strideA);
    driver.configureLoad(1, strideB);
    driver.configureLoad(2, 4 * J);
    driver.configureStore(J, { scale: 0.0021, relu: true });
    driver.give(functs.loopMatmulBounds, [padI | (padJ << 16), padK], [i | (j << 16), k]);
    driver.give(functs.loopMatmulAddressesAB, [base + a, 0], [base + b, 0]);
    driver.give(functs.loopMatmulAddressesDC, [base + d, 0], [base + c, 0]);
    driver.give(functs.loopMatmulStridesAB, [strideA, 0], [strideB, 0]);
    driver.give(functs.loopMatmulStridesDC, [J, 0], [J, 0]);
    driver.give(functs.loopMatmul, [1, 0], [(transposeA ? 1 : 0) | (transposeB ? 2 : 0), 0]);
    driver.fence();
    const scale = Math.fround(0.0021);
    for (let row = 0; row < I; row++)
      for (let col = 0; col < J; col++) {
        let sum = view.getInt32(d + 4 * (row * J + col), true);
        for (let at = 0; at < K; at++)
          sum += signed[a + (transposeA ? at * I + row : row * K + at)]! * signed[b + (transposeB ? col * K + at : at * J + col)]!;
        const product = Math.fround(sum * scale);
        const rounded = Math.round(product) - (product % 1 === 0.5 && Math.round(product) % 2 !== 0 ? 1 : 0);
        expect(signed[c + row * J + col]).toBe(Math.max(0, clamp(rounded)));
      }
  });

  it.each([
    ['without a fence', 4, {}, true, false, true],
    ['behind a fence', 4, {}, true, true, false],
    ['and more rows', 5, {}, true, false, false],
    ['and a transposed operand', 4, { b: true }, true, false, false],
    ['and weights that stay', 4, {}, false, false, false],
  ] as const)('that configure products behind one of few rows %s', (_, rows, configuration, preloaded, fenced, refused) => {
    const { driver } = start();
    driver.configureExecute(configuration);
    driver.preload(preloaded ? { local: 64, rows: 16, cols: 16 } : noPlace(), { local: sums(0), rows, cols: 16 });
    driver.compute(preloaded, { local: 0, rows, cols: 16 }, noPlace());
    if (fenced) driver.fence();
    const configure = () => driver.configureExecute();
    if (refused)
      expect(configure).toThrow(/products configured behind one of at most 4 rows with new weights, expected a fence between them/);
    else configure();
  });

  it.each([
    ['with its channels first', 4, 1 << 5, false, true],
    ['with its channels first, behind a fence', 4, 1 << 5, true, false],
    ['with its channels first, behind more rows', 5, 1 << 5, false, false],
    ['with its pixels first, which leaves the configuration as it is,', 4, 0, false, false],
  ] as const)('that unroll a convolution %s behind a product of few rows', (_, rows, flags, fenced, refused) => {
    const { driver } = start();
    driver.configureExecute();
    driver.preload({ local: 64, rows: 16, cols: 16 }, { local: sums(0), rows, cols: 16 });
    driver.compute(true, { local: 0, rows, cols: 16 }, noPlace());
    if (fenced) driver.fence();
    const unroll = () => driver.give(functs.loopConvolution, [flags, 0], [1, 0]);
    if (refused) expect(unroll).toThrow(/products configured behind one of at most 4 rows with new weights, expected a fence between them/);
    else unroll();
  });

  it('adds two matrices without the array, on newer hardware', () => {
    const { memory, context } = makeContext();
    const signed = new Int8Array(memory.buffer);
    const driver = new Driver(new Gemmini(context, { declaration: { ...gemmini, generation: '2023-10' } }));
    const [rows, cols] = [27, 50];
    const [a, b, c] = [0x1000, 0x3000, 0x5000];
    signed.set(randomBytes(rows * cols, random(7)), a);
    signed.set(randomBytes(rows * cols, random(8)), b);
    for (const which of [0, 1]) driver.configureLoad(which, cols, { shrunk: true });
    driver.configureStore(cols);
    driver.give(functs.loopMatmulBounds, [5 | (14 << 16), 0], [2 | (4 << 16), 1]);
    driver.give(functs.loopMatmulAddressesAB, [base + a, 0], [base + b, 0]);
    driver.give(functs.loopMatmulAddressesDC, [0, 0], [base + c, 0]);
    driver.give(functs.loopMatmulStridesAB, [cols, 0], [cols, 0]);
    driver.give(functs.loopMatmulStridesDC, [0, 0], [cols, 0]);
    driver.give(functs.loopMatmul, [0, 0], [4, 0]);
    driver.fence();
    for (let at = 0; at < rows * cols; at++) expect(signed[c + at]).toBe(clamp(signed[a + at]! + signed[b + at]!));
  });
});
