import { describe, expect, it } from 'vitest';
import { gemmini } from '../../../src/hardware/gemmini.ts';
import { Gemmini } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { functs } from '../../../src/simulator/devices/gemmini/operands.ts';
import { base, Driver, makeContext, random, randomBytes } from './harness.ts';

interface Case {
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly pool?: { readonly size: number; readonly stride: number; readonly padding: number };
}
const cases: readonly Case[] = [
  { size: 9, inChannels: 5, outChannels: 7, kernel: 3, stride: 1, padding: 1 },
  { size: 11, inChannels: 20, outChannels: 24, kernel: 3, stride: 2, padding: 1 },
  { size: 20, inChannels: 3, outChannels: 16, kernel: 5, stride: 2, padding: 2 },
  { size: 8, inChannels: 33, outChannels: 18, kernel: 1, stride: 1, padding: 0 },
  { size: 10, inChannels: 4, outChannels: 17, kernel: 3, stride: 1, padding: 1, pool: { size: 3, stride: 2, padding: 1 } },
];
const batch = 2;
const scale = Math.fround(0.013);
const [input, weights, bias, output] = [0x1000, 0x10000, 0x18000, 0x20000] as const;
type Fields = readonly [high: number, second: number, third: number, low: number];
const words = ([a, b, c, d]: Fields): readonly [number, number] => [(c << 16) | d, (a << 16) | b];

describe.each(['2023-02', '2023-10'] as const)('LOOP_CONV_WS of %s', (generation) => {
  it.each(cases)('convolves $size x $size x $inChannels, kernel $kernel, stride $stride', (given) => {
    const { size, inChannels, outChannels, kernel, stride, padding, pool } = given;
    const { memory, context } = makeContext();
    const [view, signed] = [new DataView(memory.buffer), new Int8Array(memory.buffer)];
    const driver = new Driver(new Gemmini(context, { declaration: { ...gemmini, generation } }));
    const next = random(size);
    signed.set(randomBytes(batch * size * size * inChannels, next), input);
    signed.set(randomBytes(kernel * kernel * inChannels * outChannels, next), weights);
    for (let i = 0; i < outChannels; i++) view.setInt32(bias + 4 * i, Math.floor(next() * 4000) - 2000, true);
    const out = Math.floor((size + 2 * padding - kernel) / stride) + 1;
    const pooled = pool ? Math.floor((out + 2 * pool.padding - pool.size) / pool.stride) + 1 : out;
    const behind = out * stride + kernel - 1 - size - padding;
    const poolOf = pool ?? { size: 1, stride: 1, padding: 0 };

    const newer = generation === '2023-10';
    driver.configureExecute({ strideA: stride });
    driver.configureStore(outChannels, { scale, relu: true });
    driver.give(
      functs.loopConvolution1,
      words([outChannels, inChannels, size, batch]),
      words(newer ? [(padding << 8) | stride, out, pooled, out] : [padding, stride, pooled, out]),
    );
    driver.give(
      functs.loopConvolution2,
      words(
        newer ? [kernel, pooled, poolOf.size, (poolOf.stride << 8) | poolOf.padding] : [kernel, poolOf.size, poolOf.stride, poolOf.padding],
      ),
      words([batch, pooled, pooled, outChannels]),
    );
    driver.give(
      functs.loopConvolution3,
      words([kernel, kernel, inChannels, padding]),
      words(newer ? [behind, padding, (behind << 8) | poolOf.padding, size] : [behind, padding, behind, poolOf.padding]),
    );
    const pads = (poolOf.padding << 21) | (poolOf.padding << 10) | 1;
    driver.give(
      functs.loopConvolution4,
      newer ? [pads, (out << 16) | 0] : words([out, 0, poolOf.padding, poolOf.padding]),
      words(newer ? [inChannels, outChannels, outChannels, out] : [0, 0, 1, out]),
    );
    driver.give(functs.loopConvolution5, [base + weights, 0], [base + output, 0]);
    driver.give(functs.loopConvolution6, [base + bias, 0], [base + input, 0]);
    driver.give(functs.loopConvolution, [1 << 8, 0], [(pool ? 0 : 1) | (1 << 3), 0]);
    driver.fence();

    const value = (b: number, row: number, col: number, channel: number): number => {
      let sum = view.getInt32(bias + 4 * channel, true);
      for (let i = 0; i < kernel; i++)
        for (let j = 0; j < kernel; j++) {
          const [y, x] = [row * stride + i - padding, col * stride + j - padding];
          if (y < 0 || x < 0 || y >= size || x >= size) continue;
          for (let k = 0; k < inChannels; k++)
            sum +=
              signed[input + ((b * size + y) * size + x) * inChannels + k]! *
              signed[weights + ((i * kernel + j) * inChannels + k) * outChannels + channel]!;
        }
      const product = Math.fround(Math.fround(sum) * scale);
      const floor = Math.floor(product);
      const rounded = product - floor > 0.5 || (product - floor === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
      return Math.max(0, Math.min(127, rounded));
    };
    for (let b = 0; b < batch; b++)
      for (let row = 0; row < pooled; row++)
        for (let col = 0; col < pooled; col++)
          for (let channel = 0; channel < outChannels; channel++) {
            let best = pool ? 0 : value(b, row, col, channel);
            for (let i = 0; pool && i < pool.size; i++)
              for (let j = 0; j < pool.size; j++) {
                const [y, x] = [row * pool.stride + i - pool.padding, col * pool.stride + j - pool.padding];
                if (y >= 0 && x >= 0 && y < out && x < out) best = Math.max(best, value(b, y, x, channel));
              }
            expect(signed[output + ((b * pooled + row) * pooled + col) * outChannels + channel]).toBe(best);
          }
  });
});
