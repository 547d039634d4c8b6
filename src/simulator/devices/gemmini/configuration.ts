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
const kinds = ['execute', 'load', 'store', 'normalisation'] as const;
export const kindOf = ({ rs1 }: Command): (typeof kinds)[number] => kinds[rs1 & 3]!;

/** The activation 1 is ReLU; the others are normalisations, which this hardware does not have. */
const relu = 1;

export function configure(to: Configuration, command: Command): void {
  const kind = kindOf(command);
  if (kind === 'execute') to.execute = executeOf(command, to.execute);
  else if (kind === 'store') to.store = storeOf(command);
  else if (kind === 'load') {
    const which = field(command.rs1, command.rs1High, 4, 3);
    if (which <= 2) to.loads[which as 0 | 1 | 2] = loadOf(command);
  }
}

function executeOf({ rs1, rs1High, rs2, rs2High }: Command, before: ExecuteConfiguration): ExecuteConfiguration {
  const onlyStrides = field(rs1, rs1High, 7, 7) === 1;
  return {
    weightStationary: onlyStrides ? before.weightStationary : field(rs1, rs1High, 2, 2) === 1,
    relu: onlyStrides ? before.relu : field(rs1, rs1High, 4, 3) === relu,
    shift: onlyStrides ? before.shift : rs2 & 31,
    transposeA: onlyStrides ? before.transposeA : field(rs1, rs1High, 8, 8) === 1,
    transposeB: onlyStrides ? before.transposeB : field(rs1, rs1High, 9, 9) === 1,
    strideA: field(rs1, rs1High, 31, 16),
    strideC: field(rs2, rs2High, 63, 48),
  };
}

const loadOf = ({ rs1, rs1High, rs2 }: Command): LoadConfiguration => ({
  stride: rs2 >>> 0,
  scale: floatOf(rs1High),
  blockStride: field(rs1, rs1High, 31, 16),
  pixels: Math.max(1, field(rs1, rs1High, 15, 8)),
  shrunk: field(rs1, rs1High, 2, 2) === 1,
});

function storeOf({ rs1, rs1High, rs2, rs2High }: Command): StoreConfiguration {
  const stride = field(rs1, rs1High, 5, 4);
  const pooling = stride === 0 ? undefined : poolingOf(rs1, rs1High, stride);
  return { stride: rs2 >>> 0, scale: floatOf(rs2High), relu: field(rs1, rs1High, 3, 2) === relu, pooling };
}

const poolingOf = (rs1: number, rs1High: number, stride: number): Pooling => ({
  stride,
  size: field(rs1, rs1High, 7, 6),
  upperPad: field(rs1, rs1High, 9, 8),
  leftPad: field(rs1, rs1High, 11, 10),
  outDim: field(rs1, rs1High, 31, 24),
  pooledRows: field(rs1, rs1High, 39, 32),
  pooledCols: field(rs1, rs1High, 47, 40),
  rows: field(rs1, rs1High, 55, 48),
  cols: field(rs1, rs1High, 63, 56),
});
