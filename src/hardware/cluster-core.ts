/**
 * A core that issues one instruction a cycle in program order, without caches: what its instructions take, as data of a cycle model. Waiting for banks and
 * shared units comes on top. Cycles throughout.
 */
export interface ClusterCoreDeclaration {
  readonly kind: 'cluster';
  readonly name: string;
  readonly source: string;
  /** Instructions that take more than one, by mnemonic. */
  readonly cycles: { readonly [mnemonic: string]: number };
  /** Cycle classes and mnemonics whose result comes a cycle late: an instruction right behind that uses it waits. */
  readonly late: readonly string[];
  readonly takenBranch: number;
  readonly jump: number;
  /** A division takes the leading zeros of its divisor, of its magnitude where it is negative, and so much more. */
  readonly division: { readonly positive: number; readonly negative: number; readonly byZero: number };
  /** A load or store of anything but the main memory. */
  readonly elsewhere: number;
  /** Float units that all cores share: core i uses unit i modulo their number. Divisions and square roots have units of their own. */
  readonly floats: { readonly units: number; readonly dividers: number; readonly divide: number };
  /** An exception, or an interrupt, beside the cycles of its instruction. */
  readonly trap: number;
}

/** The core of GAP9's cluster, as far as GVSoC's figures go; its instruction cache is left out. */
export const clusterCore = {
  kind: 'cluster',
  name: 'cluster',
  source: 'single instructions measured in GVSoC with the instruction set simulator of GAP9 (gap_sdk 2024-01), instructions in the cache',
  cycles: { mulh: 5, mulhu: 5, mulhsu: 5 },
  late: ['load', 'mul'],
  takenBranch: 3,
  jump: 2,
  division: { positive: 3, negative: 2, byZero: 34 },
  elsewhere: 3,
  floats: { units: 4, dividers: 1, divide: 14 },
  trap: 1,
} as const satisfies ClusterCoreDeclaration;
