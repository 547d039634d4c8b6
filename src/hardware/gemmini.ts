import type { MachineDeclaration } from './machine.ts';

/** A Gemmini: a square array of multipliers with a scratchpad of int8 and an accumulator of int32, as data. Bytes, rows and cycles throughout. */
export interface GemminiDeclaration {
  readonly name: string;
  readonly source: string;
  /** Rows and columns of the array, and elements of a row of its memories. */
  readonly dim: 8 | 16 | 32;
  /** Banks, powers of two, and rows of each. */
  readonly scratchpad: { readonly banks: number; readonly rows: number };
  readonly accumulator: { readonly banks: number; readonly rows: number };
  /** Bits of what the array gives out in one pass; more are cut off by saturation where it holds the outputs. */
  readonly outputBits: number;
  /** Bytes of one row of a transfer: longer ones are not possible. */
  readonly maxBytes: number;
  /** Which fields the commands LOOP_CONV_WS have, and whether LOOP_WS knows operands that stay and sums of two matrices. */
  readonly generation: Generation;
  /** Firmware is for that generation alone, and has the commands LOOP_CONV_WS where they are faster; where absent, it runs on every one. */
  readonly ownFirmware?: true;
  readonly timing: GemminiTiming;
}

/** When its commands were as they are: from February, and from October 2023 on. */
export type Generation = '2023-02' | '2023-10';

export interface GemminiTiming {
  /** From a command to the first cycle in which its unit can have it, and from the end of everything to the end of a fence. */
  readonly front: number;
  readonly fence: number;
  /** Commands between the core and the reservation stations. */
  readonly waiting: number;
  /** Entries of the reservation stations; a command leaves its entry when it is done. */
  readonly entries: { readonly load: number; readonly execute: number; readonly store: number };
  /** Loads that have made their first request and not had their last data; a load's end is so long before the first request of the one that waits for it. */
  readonly loads: { readonly underWay: number; readonly behind: number };
  /** A command with a reply. */
  readonly reply: number;
  readonly busBytes: number;
  /** From a request to its data, where the shared cache has the line; more, where it does not, the memory's latency apart. */
  readonly hit: number;
  readonly miss: number;
  /** The same where a part of a line is written, which takes the memory's latency twice. */
  readonly writeMiss: number;
  /** A line that the core has changed. */
  readonly dirty: number;
  /** Reads and writes under way, and misses of the shared cache; how long each of those lasts, the memory's latency apart. */
  readonly requests: number;
  readonly writes: number;
  readonly misses: number;
  readonly missLasts: number;
  /** The memory behind the shared cache gives so many bytes each cycle. */
  readonly memoryBytes: number;
  /** The first request after a flush. */
  readonly translation: number;
  /** From the last data of a load to its end, by where they go. */
  readonly loaded: { readonly scratchpad: number; readonly accumulator: number };
  /** What a store takes beside its blocks. */
  readonly store: { readonly scratchpad: number; readonly scaled: number; readonly full: number };
  /** Cycles of a block of a row: the only one of its row, one of several, one that is scaled, and one of int32. */
  readonly block: { readonly single: number; readonly several: number; readonly scaled: number; readonly full: number };
  /** A line of which a store writes all, when the shared cache does not have it. */
  readonly fullLine: number;
  /** An element of a window of a pooling store. */
  readonly pooled: number;
  /** From the issue of a multiplication to its first row, and from its last row to its result. */
  readonly execute: { readonly start: number; readonly result: number };
  /** Least rows of a multiplication that is not followed by another one; least cycles from one to the next. */
  readonly leastRows: number;
  readonly leastCycles: number;
  /** A preload whose operand is transposed, beside its rows. */
  readonly transposed: number;
  /** The configuration of the array when all before it is done. */
  readonly configure: number;
}

/** The standard configuration, measured on the generated RTL. */
export const gemmini = {
  name: 'gemmini',
  source:
    'rdcycle on the generated RTL (GemminiRocketConfig of Chipyard, about February 2023), and the public Chisel sources for what is structure',
  dim: 16,
  scratchpad: { banks: 4, rows: 4096 },
  accumulator: { banks: 2, rows: 512 },
  outputBits: 20,
  maxBytes: 64,
  generation: '2023-02',
  timing: {
    front: 7,
    fence: 6,
    waiting: 11,
    entries: { load: 8, execute: 16, store: 4 },
    loads: { underWay: 2, behind: 1 },
    reply: 10,
    busBytes: 16,
    hit: 14,
    miss: 9,
    writeMiss: 34,
    dirty: 6,
    requests: 16,
    writes: 32,
    misses: 10,
    missLasts: 16,
    memoryBytes: 8,
    translation: 1,
    loaded: { scratchpad: 5, accumulator: 2 },
    store: { scratchpad: 18, scaled: 24, full: 20 },
    block: { single: 1, several: 1.75, scaled: 1.62, full: 4 },
    fullLine: 6,
    pooled: 1,
    execute: { start: 5, result: 31 },
    leastRows: 4,
    leastCycles: 7,
    transposed: 2,
    configure: 5,
  },
} as const satisfies GemminiDeclaration;

/** The same of a generation, whose firmware is for it alone. */
export const gemminiOf = (generation: Generation): GemminiDeclaration => ({ ...gemmini, generation, ownFirmware: true });

/** A Rocket core with a Gemmini on custom-3. */
export const gemminiMachine = {
  name: 'gemmini',
  source: gemmini.source,
  cores: [{ isa: 'rv64imafdc_zicsr_zifencei', count: 1, cycles: 'rocket' }],
  memories: { ram: { base: 0x8000_0000, bytes: 256 << 20 } },
  devices: {
    clint: { kind: 'clint', base: 0x0200_0000, bytes: 0xc_0000, cyclesPerTick: 100 },
    htif: { kind: 'htif' },
    semihosting: { kind: 'semihosting' },
    gemmini: { kind: 'accelerator', model: 'gemmini', custom: 3 },
  },
} as const satisfies MachineDeclaration;
