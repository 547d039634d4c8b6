import type { Command } from '../../riscv/accelerator.ts';
import { field, floatOf } from './operands.ts';

/** One of three configurations of loads. */
export interface LoadConfiguration {
  readonly stride: number;
  readonly scale: number;
  /** Rows between the blocks of `dim` columns of a wide matrix. */
  readonly blockStride: number;
  /** Neighbouring pixels that a row of the scratchpad repeats. */
  readonly pixels: number;
  /** int8 into the accumulator. */
  readonly shrunk: boolean;
}

export interface ExecuteConfiguration {
  readonly weightStationary: boolean;
  readonly relu: boolean;
  readonly shift: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly strideA: number;
  readonly strideC: number;
}

export interface Pooling {
  readonly stride: number;
  readonly size: number;
  readonly upperPad: number;
  readonly leftPad: number;
  /** Columns of the whole output in memory. */
  readonly outDim: number;
  readonly pooledRows: number;
  readonly pooledCols: number;
  readonly rows: number;
  readonly cols: number;
}

export interface StoreConfiguration {
  readonly stride: number;
  readonly scale: number;
  readonly relu: boolean;
  readonly pooling: Pooling | undefined;
}

/** What the configuration commands have set. */
export interface Configuration {
  readonly loads: [LoadConfiguration, LoadConfiguration, LoadConfiguration];
  execute: ExecuteConfiguration;
  store: StoreConfiguration;
}

const load: LoadConfiguration = { stride: 0, scale: 0, blockStride: 0, pixels: 1, shrunk: false };
export const initialConfiguration = (): Configuration => ({
  loads: [load, load, load],
  execute: { weightStationary: false, relu: false, shift: 0, transposeA: false, transposeB: false, strideA: 0, strideC: 0 },
  store: { stride: 0, scale: 0, relu: false, pooling: undefined },
});

/** What a configuration command configures. The constants of normalisations are accepted and do nothing. */
export const kinds = ['execute', 'load', 'store', 'normalisation'] as const;
export const kindOf = ({ rs1 }: Command): (typeof kinds)[number] => kinds[rs1 & 3]!;

/** The activation 1 is ReLU; the others are normalisations, which this hardware does not have. */
const relu = 1;

export function configure(to: Configuration, command: Command): void {
  const { rs1, rs1High, rs2, rs2High } = command;
  const bits = (last: number, first: number): number => field(rs1, rs1High, last, first);
  switch (kindOf(command)) {
    case 'execute': {
      const strides = { strideA: bits(31, 16), strideC: field(rs2, rs2High, 63, 48) };
      const onlyStrides = bits(7, 7) === 1;
      to.execute = onlyStrides
        ? { ...to.execute, ...strides }
        : {
            ...strides,
            weightStationary: bits(2, 2) === 1,
            relu: bits(4, 3) === relu,
            shift: rs2 & 31,
            transposeA: bits(8, 8) === 1,
            transposeB: bits(9, 9) === 1,
          };
      return;
    }
    case 'load': {
      const which = bits(4, 3);
      if (which > 2) return;
      to.loads[which] = {
        stride: rs2 >>> 0,
        scale: floatOf(rs1High),
        blockStride: bits(31, 16),
        pixels: Math.max(1, bits(15, 8)),
        shrunk: bits(2, 2) === 1,
      };
      return;
    }
    case 'store': {
      const stride = bits(5, 4);
      const pooling = {
        stride,
        size: bits(7, 6),
        upperPad: bits(9, 8),
        leftPad: bits(11, 10),
        outDim: bits(31, 24),
        pooledRows: bits(39, 32),
        pooledCols: bits(47, 40),
        rows: bits(55, 48),
        cols: bits(63, 56),
      };
      to.store = { stride: rs2 >>> 0, scale: floatOf(rs2High), relu: bits(3, 2) === relu, pooling: stride === 0 ? undefined : pooling };
    }
  }
}
