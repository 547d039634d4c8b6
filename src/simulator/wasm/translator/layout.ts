import { wordsOfX } from '../../riscv/state.ts';

/**
 * Where things lie in the linear memory of translated cores, in bytes. Each core has an area of its own, one behind the other from 0 on; the offsets count
 * from its base. The guest's main memory, which all cores share, follows the last area.
 */
export const layout = {
  /** f registers, 8 bytes each. */
  f: 0,
  /** Address of the instruction at which translated code was left, a word of the guest, and why: a value of `exits`. */
  pc: 512,
  exit: 520,
  /** Cycles left until the deadline, and instructions retired, since translated code was entered. */
  left: 524,
  retired: 528,
  /** fflags in bits 0 to 4, frm in bits 5 to 7. */
  fcsr: 532,
  /** Start, end and count of the hardware loops 0 and 1, 4 bytes each. */
  loops: 536,
  /** The low word of the cycle at which no cycles are left. */
  deadline: 560,
  /** Offsets in the main memory that other cores have reserved: the first, and how many bytes. */
  guard: 564,
  /** What an accelerator replied to the last command. */
  reply: 576,
  /** x registers, as wide as they are, and behind them the other words that the interpreter computes with. */
  x: 1024,
  /** Pairs of 32 bits: an instruction address, and the slot of its region in the table. */
  targets: 0x3_0000,
  /** State of the cycle model, up to the area's end. */
  timing: 0xb_0000,
  /** Bytes of one area. */
  area: 0x10_0000,
} as const;

/** The offset of start (0), end (1) or count (2) of a hardware loop. */
export const loopAt = (id: number, register: 0 | 1 | 2): number => layout.loops + 12 * id + 4 * register;

/** Why translated code was left. */
export const exits = {
  /** The interpreter has to run the instruction. */
  interpret: 0,
  /** A region may start there. */
  goOn: 1,
  /** The instruction before was a yield point, and the deadline has come. */
  yield: 2,
  /** The interpreter has to run the instructions from there to a change of control. */
  interpretRun: 3,
} as const;

/** Entries in the cache of indirect jump targets: a power of two. */
export const targetEntries = (layout.timing - layout.targets) / 8;
/** The tag of an empty entry; no instruction has an odd address. */
export const noTarget = 1;
/** The offset of an address's entry in the cache. */
export const entryOf = (pc: number): number => layout.targets + ((pc << 2) & ((targetEntries - 1) * 8));

/** A linear memory for a number of cores with the guest's main memory of `size` bytes inside it. */
export function linearMemory(size: number, cores = 1): { readonly memory: WebAssembly.Memory; readonly bytes: Uint8Array } {
  const ram = cores * layout.area;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((ram + size) / 0x1_0000) });
  return { memory, bytes: new Uint8Array(memory.buffer, ram, size) };
}

/** Where the registers of a core live, for the interpreter as for translated code. */
export function coreRegisters(
  memory: WebAssembly.Memory,
  index: number,
  xlen: 32 | 64,
): { readonly x: Int32Array; readonly f: Int32Array; readonly loops: Int32Array } {
  const area = index * layout.area;
  return {
    x: new Int32Array(memory.buffer, area + layout.x, wordsOfX(xlen === 64 ? 2 : 1)),
    f: new Int32Array(memory.buffer, area + layout.f, 64),
    loops: new Int32Array(memory.buffer, area + layout.loops, 6),
  };
}
