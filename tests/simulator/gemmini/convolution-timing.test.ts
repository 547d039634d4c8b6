import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { rocket } from '../../../src/hardware/rocket.ts';
import { Gemmini } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { functs } from '../../../src/simulator/devices/gemmini/operands.ts';
import { Caches } from '../../../src/simulator/timing/caches.ts';
import { timingLayout } from '../../../src/simulator/timing/layout.ts';
import { base, Driver, makeContext } from './harness.ts';

/** A square convolution and its tiles, as tiled_conv_auto chose them on the RTL, and the cycles that its commands took there, called a second time. */
interface Row {
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly pool?: Pool;
  readonly tile: readonly [rows: number, cols: number, outChannels: number, kernelRows: number, kernelCols: number, inChannels: number];
  readonly rtl: number;
}
interface Pool {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}
const noPool: Pool = { size: 1, stride: 1, padding: 0 };

const rows: readonly Row[] = [
  { size: 14, inChannels: 64, outChannels: 64, kernel: 3, padding: 1, tile: [14, 14, 32, 3, 3, 64], rtl: 32934 },
  { size: 28, inChannels: 64, outChannels: 64, kernel: 3, padding: 1, tile: [22, 23, 16, 3, 3, 64], rtl: 133164 },
  { size: 14, inChannels: 64, outChannels: 64, kernel: 3, stride: 2, padding: 1, tile: [7, 7, 64, 3, 3, 64], rtl: 14166 },
  { size: 28, inChannels: 64, outChannels: 64, kernel: 1, tile: [22, 23, 16, 1, 1, 64], rtl: 25799 },
  { size: 14, inChannels: 256, outChannels: 64, kernel: 1, tile: [14, 14, 32, 1, 1, 256], rtl: 18392 },
  { size: 7, inChannels: 512, outChannels: 32, kernel: 3, padding: 1, tile: [7, 7, 32, 3, 3, 352], rtl: 48272 },
  { size: 56, inChannels: 3, outChannels: 64, kernel: 7, stride: 2, padding: 3, tile: [22, 23, 16, 7, 7, 3], rtl: 117008 },
  {
    ...{ size: 56, inChannels: 3, outChannels: 64, kernel: 7, stride: 2, padding: 3, tile: [7, 14, 16, 7, 7, 3], rtl: 110658 },
    pool: { size: 3, stride: 2, padding: 1 },
  },
  { size: 56, inChannels: 64, outChannels: 64, kernel: 3, padding: 1, tile: [22, 23, 16, 3, 3, 64], rtl: 468148 },
  { size: 56, inChannels: 64, outChannels: 64, kernel: 1, tile: [22, 23, 16, 1, 1, 64], rtl: 91634 },
  { size: 14, inChannels: 256, outChannels: 256, kernel: 3, padding: 1, tile: [14, 14, 32, 3, 3, 240], rtl: 577596 },
  { size: 7, inChannels: 512, outChannels: 128, kernel: 3, padding: 1, tile: [7, 7, 112, 3, 3, 119], rtl: 190999 },
];

const documentation = fileURLToPath(new URL('../../../docs/gemmini-machine.md', import.meta.url));
const head = '| convolution | RTL | here | difference |\n| --- | --- | --- | --- |\n';

const outputsOf = (size: number, { kernel, stride = 1, padding = 0 }: { kernel: number; stride?: number; padding?: number }): number =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;
const pooledOf = (size: number, { size: kernel, stride, padding }: Pool): number => outputsOf(size, { kernel, stride, padding });

const titleOf = ({ size, inChannels, outChannels, kernel, stride = 1, padding = 0, pool, tile }: Row): string => {
  const pooled = pool ? `, maximum of ${pool.size} x ${pool.size}` : '';
  return `${size} x ${size} x ${inChannels} to ${outChannels}, ${kernel} x ${kernel}, stride ${stride}, padding ${padding}${pooled}, tiles ${tile.join(' ')}`;
};

const [input, weights, biases, output] = [0x1000, 0x20_0000, 0x30_0000, 0x31_0000] as const;
/** Cycles of the core before the first command of a tile, and after the last one. */
const between = 30;
type Fields = readonly [high: number, second: number, third: number, low: number];
const words = ([a, b, c, d]: Fields): readonly [number, number] => [(c << 16) | d, (a << 16) | b];
/** So many from one on, as far as there are any. */
const within = (from: number, count: number, all: number): number => Math.min(count, all - from);
const outside = (from: number, count: number, all: number) => ({ before: Math.max(0, -from), behind: Math.max(0, from + count - all) });

/** What sp_tiled_conv gives for one tile: rows and columns of the pooled output, channels of the output, and what of the kernel and of the input's channels. */
function giveTile(driver: Driver, row: Row, [y, x, out, kernelRow, kernelCol, channel]: readonly number[] & { length: 6 }): void {
  const { size, inChannels, outChannels, kernel, stride = 1, padding = 0, pool = noPool, tile } = row;
  const outputs = outputsOf(size, row);
  const pooled = pooledOf(outputs, pool);
  const [rowCount, colCount] = [within(y!, tile[0], pooled), within(x!, tile[1], pooled)];
  const [kernelRows, kernelCols] = [within(kernelRow!, tile[3], kernel), within(kernelCol!, tile[4], kernel)];
  const channels = within(channel!, tile[5], inChannels);
  const isFirst = kernelRow === 0 && kernelCol === 0 && channel === 0;
  const isLast = kernelRow! + tile[3] >= kernel && kernelCol! + tile[4] >= kernel && channel! + tile[5] >= inChannels;
  const side = (at: number, count: number, kernelAt: number, kernelCount: number) => {
    const from = at * pool.stride - pool.padding;
    const all = count * pool.stride + pool.size - pool.stride;
    const poolPad = outside(from, all, outputs);
    const computed = all - poolPad.before - poolPad.behind;
    const read = Math.max(0, from) * stride + kernelAt - padding;
    return { poolPad, computed, read, pad: outside(read, computed * stride + kernelCount - 1, size) };
  };
  const vertical = side(y!, rowCount, kernelRow!, kernelRows);
  const horizontal = side(x!, colCount, kernelCol!, kernelCols);
  const pixel = (vertical.read + vertical.pad.before) * size + horizontal.read + horizontal.pad.before;
  const weight = ((kernelRow! * kernel + kernelCol!) * inChannels + channel!) * outChannels + out!;
  const pixels = Math.max(1, Math.min(Math.floor(16 / channels), kernelCols));

  driver.cycle += between;
  driver.give(functs.loopConvolution1, words([outChannels, inChannels, size, 1]), words([padding, stride, pooled, outputs]));
  driver.give(
    functs.loopConvolution2,
    words([kernel, pool.size, pool.stride, pool.padding]),
    words([1, rowCount, colCount, within(out!, tile[2], outChannels)]),
  );
  driver.give(
    functs.loopConvolution3,
    words([kernelRows, kernelCols, channels, horizontal.pad.before]),
    words([horizontal.pad.behind, vertical.pad.before, vertical.pad.behind, horizontal.poolPad.before]),
  );
  driver.give(
    functs.loopConvolution4,
    words([vertical.computed, horizontal.poolPad.behind, vertical.poolPad.before, vertical.poolPad.behind]),
    words([0, 0, 1, horizontal.computed]),
  );
  const to = isLast ? base + output + (y! * pooled + x!) * outChannels + out! : 0;
  driver.give(functs.loopConvolution5, [base + weights + weight, 0], [to, 0]);
  driver.give(functs.loopConvolution6, [isFirst ? base + biases + 4 * out! : 0, 0], [base + input + pixel * inChannels + channel!, 0]);
  driver.give(functs.loopConvolution, [pixels << 8, 0], [(row.pool ? 0 : 1) | (1 << 3), 0]);
  driver.cycle += between;
}

/** Cycles of the second of two calls, with the caches of a Rocket core. */
function measure(row: Row): number {
  const { size, inChannels, outChannels, kernel, stride = 1, pool = noPool, tile } = row;
  const pooled = pooledOf(outputsOf(size, row), pool);
  const caches = new Caches(new WebAssembly.Memory({ initial: 4 }), 64, timingLayout(rocket), rocket.caches);
  const driver = new Driver(new Gemmini({ ...makeContext(1 << 22).context, caches: () => caches }));
  const call = (): number => {
    const start = driver.cycle;
    driver.configureStore(outChannels, { scale: 0.01, relu: true });
    driver.configureExecute({ strideA: stride });
    for (let y = 0; y < pooled; y += tile[0])
      for (let x = 0; x < pooled; x += tile[1])
        for (let out = 0; out < outChannels; out += tile[2])
          for (let i = 0; i < kernel; i += tile[3])
            for (let j = 0; j < kernel; j += tile[4])
              for (let channel = 0; channel < inChannels; channel += tile[5]) giveTile(driver, row, [y, x, out, i, j, channel]);
    driver.fence();
    return driver.cycle - start;
  };
  call();
  return call();
}

describe('LOOP_CONV_WS takes as long as on the RTL', () => {
  const lines = new Map<Row, string>();
  it.each(rows.map((row) => [titleOf(row), row] as const))('%s: within 15 percent', (title, row) => {
    const cycles = measure(row);
    const difference = cycles / row.rtl - 1;
    expect(Math.abs(difference), `${cycles} instead of ${row.rtl}`).toBeLessThan(0.15);
    lines.set(row, `| ${title} | ${row.rtl} | ${cycles} | ${(100 * difference).toFixed(1)} % |`);
  });

  test('and the documentation has every row', () => {
    const table = `${head}${rows.map((row) => `${lines.get(row)}\n`).join('')}`;
    const text = readFileSync(documentation, 'utf8');
    const [written] = /\| convolution \|(?:.*\|\n)+/.exec(text) ?? expect.fail('there is no table of convolutions');
    if (process.env['BLESS']) writeFileSync(documentation, text.replace(written, table));
    else expect(written).toBe(table);
  });
});
