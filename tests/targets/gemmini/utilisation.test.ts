import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type GemminiDeclaration, gemmini, gemminiOf } from '../../../src/hardware/gemmini.ts';
import { chooseTiling, type Job } from '../../../src/targets/gemmini/tiling.ts';
import { convolutions, type Layer } from './convolutions.ts';
import { cyclesOfSteps, type StepCycles } from './layers.ts';
import { type Convolution, chooseConvolution, sizesOf } from './loop-conv/tiling.ts';
import { type Measurement, measure } from './measure.ts';

/** Cycles on the RTL of the second call of tiled_matmul_auto of gemmini-rocc-tests, commit bc3cabb, at a memory latency of 1. */
interface Product extends Job {
  readonly rtl: number;
}
const product = (rows: number, columns: number, depth: number, rtl: number, more: Partial<Job> = {}): Product => ({
  ...{ rows, columns, depth, rtl, scaled: true },
  ...more,
});
const biased = { biased: true };
const products: readonly Product[] = [
  product(16, 16, 16, 571),
  product(32, 32, 32, 835),
  product(64, 64, 64, 2391),
  product(128, 128, 128, 10892),
  product(128, 128, 128, 11690, biased),
  product(128, 128, 128, 12521, { transposed: true }),
  product(128, 128, 128, 12607, { scaled: false }),
  product(196, 192, 192, 32818),
  product(197, 192, 192, 32888),
  product(197, 192, 192, 33876, biased),
  product(197, 576, 192, 93635, biased),
  product(197, 192, 768, 129751, biased),
  product(197, 768, 192, 123711, biased),
  product(197, 64, 197, 14728),
  product(256, 256, 256, 70691, biased),
  product(512, 512, 512, 544711, biased),
  product(1, 192, 192, 5438, biased),
  product(1, 768, 192, 15722, biased),
  product(1, 1000, 192, 23341, biased),
  product(16, 192, 192, 6126, biased),
  product(50, 192, 192, 13066, biased),
  product(64, 192, 192, 13369, biased),
  product(197, 1000, 192, 161718, biased),
  product(3136, 64, 64, 55778, biased),
];

/** What nearly fills the shared cache takes more passes to be there, what is larger never is. */
const passesOf = (bytes: number): number => (bytes > 500_000 ? 2 : bytes > 300_000 ? 8 : 3);

function measurementOf(job: Job): Measurement {
  const tile = chooseTiling(job, gemmini);
  const { rows, columns, depth, transposed = false, biased = false, scaled = false } = job;
  const stride = transposed ? depth : 64 * Math.ceil(columns / 64);
  return {
    declarations: `
  static const bw_gemmini_product product = {
    .rows = ${rows}, .columns = ${columns}, .terms = 1, .transposed = ${Number(transposed)}, .initial = ${biased ? 'bias' : '0'}, .dim_bits = 4,
    .scaled = ${Number(scaled)}, .scale = 0x3c000000, .tile_rows = ${tile.rows}, .tile_columns = ${tile.columns}, .tile_depth = ${tile.depth},
  };
  static const bw_gemmini_term term = {
    .left = left, .right = right, .depth = ${depth}, .left_stride = ${depth}, .right_stride = ${stride},
  };`,
    statements: `gemmini_configure_products(${transposed ? 'GEMMINI_RIGHT_TURNED' : 'GEMMINI_AS_STORED'});
    bw_gemmini_begin(&product, &term, 0, ${rows}, sums);
    gemmini_fence();`,
    passes: passesOf(rows * depth + depth * columns + rows * columns),
  };
}

/** Of the second call of tiled_conv_auto at a memory latency of 1, without the search for tiles on the core: with bias and ReLU. */
interface Image extends Convolution {
  readonly rtl: number;
}
const image = (size: number, channels: number, outputs: number, kernel: number, stride: number, padding: number, rtl: number): Image => ({
  ...{ size, channels, outputs, kernel, stride, padding, rtl, biased: true },
});
const images: readonly Image[] = [
  image(14, 64, 64, 3, 1, 1, 32934),
  image(28, 64, 64, 3, 1, 1, 133164),
  image(14, 64, 64, 3, 2, 1, 14166),
  image(28, 64, 64, 1, 1, 0, 25799),
  image(14, 256, 64, 1, 1, 0, 18392),
  image(7, 512, 32, 3, 1, 1, 48272),
  image(56, 3, 64, 7, 2, 3, 117008),
  { ...image(56, 3, 64, 7, 2, 3, 110658), pool: { size: 3, stride: 2, padding: 1 } },
  image(56, 64, 64, 3, 1, 1, 468148),
  image(56, 64, 64, 1, 1, 0, 91634),
  image(14, 256, 256, 3, 1, 1, 577596),
  image(7, 512, 128, 3, 1, 1, 190999),
];

/** The C of a convolution's description. */
function describeConvolution(given: Convolution): string {
  const tile = chooseConvolution(given, gemmini)!;
  const { sums, results } = sizesOf(given);
  const pool = given.pool ?? { size: 0, stride: 0, padding: 0 };
  return `{
    .size = ${given.size}, .channels = ${given.channels}, .out_size = ${sums}, .outputs = ${given.outputs}, .kernel = ${given.kernel},
    .stride = ${given.stride}, .padding = ${given.padding}, .pool_size = ${pool.size}, .pool_stride = ${pool.stride},
    .pool_padding = ${pool.padding}, .pooled_size = ${results}, .scale = 0x3c000000, .relu = 1, .newer = 0, .pixels = ${tile.pixels},
    .tile_rows = ${tile.rows}, .tile_columns = ${tile.columns}, .tile_outputs = ${tile.outputs}, .tile_channels = ${tile.channels},
  }`;
}

const convolutionOf = (given: Convolution): Measurement => ({
  declarations: `
  static const bw_gemmini_convolution shape = ${describeConvolution(given)};`,
  statements: `bw_gemmini_convolve(&shape, left, right, bias, (int8_t *)sums);
    gemmini_fence();`,
  passes: passesOf(given.size ** 2 * (given.channels + given.outputs)),
});

const kind = ({ transposed, biased, scaled }: Job): string =>
  [biased ? 'bias' : '', transposed ? 'right transposed' : '', scaled ? '' : 'sums of 32 bits'].filter((word) => word !== '').join(', ');
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** Layers of networks: images as they are in a Program, channels one behind the other, and results rounded by a multiplier that all channels share. */
const layer = (size: number, channels: number, outputs: number, kernel: number, stride: number, dtype: 'i8' | 'u8'): Layer => {
  const padding = new Array<number>(4).fill(Math.floor(kernel / 2));
  const weights = [outputs, channels, kernel, kernel];
  const levels = dtype === 'i8' ? { lo: -128, hi: 127 } : { lo: 0, hi: 255 };
  return { dtype, image: [1, channels, size, size], weights, padding, stride: [stride, stride], ...levels, uniform: true, rising: true };
};
/** The same with a channel for each output. */
const depthwise = (size: number, channels: number, kernel: number, stride: number, dtype: 'i8' | 'u8'): Layer => ({
  ...layer(size, 1, channels, kernel, stride, dtype),
  ...{ image: [1, channels, size, size], groups: channels },
});
const layers: readonly Layer[] = [
  layer(14, 64, 64, 3, 1, 'i8'),
  layer(28, 64, 64, 3, 1, 'i8'),
  layer(14, 64, 64, 3, 2, 'i8'),
  layer(28, 64, 64, 1, 1, 'i8'),
  layer(14, 256, 64, 1, 1, 'i8'),
  layer(7, 512, 32, 3, 1, 'i8'),
  layer(56, 3, 64, 7, 2, 'i8'),
  layer(56, 64, 64, 3, 1, 'i8'),
  layer(14, 256, 256, 3, 1, 'i8'),
  layer(7, 512, 128, 3, 1, 'i8'),
  layer(28, 16, 16, 3, 1, 'u8'),
  layer(28, 16, 32, 3, 2, 'u8'),
  layer(14, 32, 32, 3, 1, 'u8'),
  layer(7, 64, 64, 3, 1, 'u8'),
  layer(14, 256, 64, 1, 1, 'u8'),
  layer(56, 64, 64, 3, 1, 'u8'),
  depthwise(28, 16, 3, 1, 'u8'),
  depthwise(32, 64, 3, 1, 'u8'),
  depthwise(16, 128, 3, 1, 'i8'),
  depthwise(28, 32, 5, 2, 'i8'),
];
const nameOf = ({ image, weights, stride: [stride] = [], groups = 1, dtype }: Layer): string =>
  `${image[2]} x ${image[3]} x ${image[1]} to ${weights[0]}, kernel ${weights[2]}${groups === 1 ? '' : ', depthwise'}${stride === 1 ? '' : `, stride ${stride}`}, ${dtype}`;
const macsOf = ({ image, weights, stride: [stride] = [] }: Layer): number =>
  Math.ceil(image[2]! / stride!) ** 2 * weights.reduce((all, size) => all * size, 1);

/** The step of each layer in firmware of these layers. */
async function cyclesOf(layers: readonly Layer[], declaration: GemminiDeclaration): Promise<Map<string, StepCycles>> {
  const names = layers.map(nameOf);
  const program = convolutions('layers', Object.fromEntries(layers.map((given, index) => [names[index]!, given])));
  const steps = await cyclesOfSteps(program, declaration);
  return new Map(steps.map((step, index) => [names[index]!, step]));
}

interface Row {
  readonly name: string;
  readonly macs: number;
  readonly rtl: number;
  readonly cycles: number;
  readonly predicted: number;
}
const utilisation = (macs: number, cycles: number): number => macs / gemmini.dim ** 2 / cycles;
const line = ({ name, macs, rtl, cycles, predicted }: Row): string =>
  `| ${name} | ${rtl} | ${percent(utilisation(macs, rtl))} | ${cycles} | ${percent(utilisation(macs, cycles))} | ${Math.round(predicted)} | ${percent(predicted / cycles - 1)} |`;

const path = fileURLToPath(new URL('../../../docs/gemmini-utilisation.md', import.meta.url));
const head = '| --- | --- | --- | --- | --- | --- | --- |';

describe('the array is as busy as the RTL with its own library, or busier', () => {
  test('with products of matrices, and the plan knows beforehand for how long', async () => {
    const cycles = await measure(['gemmini/product.h'], ['gemmini/product.c'], products.map(measurementOf));
    const rows = products.map((job, index): Row => {
      const name = `${job.rows} x ${job.columns} x ${job.depth}${kind(job) === '' ? '' : `, ${kind(job)}`}`;
      const macs = job.rows * job.columns * job.depth;
      return { name, macs, rtl: job.rtl, cycles: cycles[index]!, predicted: chooseTiling(job, gemmini).cycles };
    });
    for (const { name, macs, rtl, cycles, predicted } of rows) {
      expect(cycles, name).toBeLessThanOrEqual(rtl);
      expect(Math.abs(predicted / cycles - 1), name).toBeLessThan(0.15);
      if (macs >= 256 ** 3) expect(utilisation(macs, cycles), name).toBeGreaterThanOrEqual(0.85);
    }
    compare('products', ['RTL', '', 'here', '', 'predicted', ''], rows.map(line));
  });

  test('with convolutions that it unrolls itself, and the plan knows beforehand for how long', async () => {
    const cycles = await measure(['loop-conv/convolution.h'], ['loop-conv/convolution.c'], images.map(convolutionOf));
    const rows = images.map((given, index): Row => {
      const { size, channels, outputs, kernel, stride, pool, rtl } = given;
      const { sums } = sizesOf(given);
      const name = `${size} x ${size} x ${channels} to ${outputs}, kernel ${kernel}${stride > 1 ? `, stride ${stride}` : ''}${pool ? `, greatest of ${pool.size} x ${pool.size}` : ''}`;
      const macs = sums ** 2 * outputs * channels * kernel ** 2;
      return { name, macs, rtl, cycles: cycles[index]!, predicted: chooseConvolution(given, gemmini)!.cycles };
    });
    for (const { name, rtl, cycles, predicted } of rows) {
      expect(cycles, name).toBeLessThanOrEqual(rtl);
      expect(Math.abs(predicted / cycles - 1), name).toBeLessThan(0.15);
    }
    compare('convolutions', ['RTL', '', 'here', '', 'predicted', ''], rows.map(line));
  });

  test('with the layers of networks in firmware for one generation, as in that for all of them, or faster', async () => {
    const [all, own] = [await cyclesOf(layers, gemmini), await cyclesOf(layers, gemminiOf('2023-02'))];
    const isLooped = (name: string): boolean => own.get(name)!.kernel === 'gemmini-convolution-loop';
    // The same code at another place takes up to 5 % longer: two compressed branches in one word of 4 bytes share an entry of Rocket's predictor.
    // So layers that keep their kernel are measured in firmware of these layers alone, which lies alike for both.
    const kept = layers.filter((given) => !isLooped(nameOf(given)));
    for (const [steps, declaration] of [
      [all, gemmini],
      [own, gemminiOf('2023-02')],
    ] as const) {
      for (const [name, step] of await cyclesOf(kept, declaration)) steps.set(name, step);
    }
    const rows = layers.map((given): string => {
      const [{ cycles: before }, { cycles, predicted }] = [all.get(nameOf(given))!, own.get(nameOf(given))!];
      const looped = isLooped(nameOf(given));
      if (looped) expect(cycles, nameOf(given)).toBeLessThan(1.02 * before);
      else expect(cycles, nameOf(given)).toBe(before);
      const busy = [before, cycles].map((each) => `${each} | ${percent(utilisation(macsOf(given), each))}`);
      return `| ${nameOf(given)} | ${busy.join(' | ')} | ${looped ? `${Math.round(predicted)} | ${percent(predicted / cycles - 1)}` : 'as before |'} |`;
    });
    compare('layers', ['all generations', '', '2023-02', '', 'predicted', ''], rows, 0.05);
  }, 120_000);
});

/** The table in the documentation, between its heading and the next: the same text, or each number of cycles nearly the same where the core has a part in it. */
function compare(heading: string, columns: readonly string[], rows: readonly string[], tolerance = 0): void {
  const text = readFileSync(path, 'utf8');
  const start = text.indexOf(`| ${heading} |`);
  const end = text.indexOf('\n\n', start);
  const table = [`| ${[heading, ...columns].join(' | ')} |`.replaceAll('|  |', '| |'), head, ...rows].join('\n');
  const made = `${text.slice(0, start)}${table}${end < 0 ? '\n' : text.slice(end)}`;
  if (process.env['BLESS']) writeFileSync(path, made);
  else if (tolerance === 0) expect(text).toBe(made);
  else {
    const cyclesOf = (lines: string): number[] => Array.from(lines.matchAll(/\b\d{4,}\b/g), ([number]) => Number(number));
    const documented = cyclesOf(text.slice(start, end < 0 ? undefined : end));
    cyclesOf(table).forEach((cycles, index) => {
      expect(Math.abs(documented[index]! / cycles - 1), `${cycles} and ${documented[index]} cycles`).toBeLessThan(tolerance);
    });
  }
}
