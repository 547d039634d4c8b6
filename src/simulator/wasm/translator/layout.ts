/**
 * Where things lie in the linear memory of a translated core, in bytes: its registers and counters while translated code runs, the cache of indirect jump
 * targets, and from `ram` on the guest's main memory.
 */
export const layout = {
  /** x registers, 8 bytes each on both widths. */
  x: 0,
  /** f registers, 8 bytes each. */
  f: 256,
  /** Address of the instruction at which translated code was left, with `goesOn` in it. */
  pc: 512,
  /** Cycles left until the deadline, and instructions retired, since translated code was entered. */
  left: 516,
  retired: 520,
  /** fflags in bits 0 to 4, frm in bits 5 to 7. */
  fcsr: 524,
  /** Pairs of 32 bits: an instruction address, and the slot of its region in the table. */
  targets: 0x1_0000,
  ram: 0x9_0000,
} as const;

/** Bit 0 of the address: a region may start there. Otherwise the interpreter has to run the instruction. */
export const goesOn = 1;

/** Entries in the cache of indirect jump targets: a power of two. */
export const targetEntries = (layout.ram - layout.targets) / 8;
/** The tag of an empty entry; no instruction has an odd address. */
export const noTarget = 1;
/** The offset of an address's entry in the cache. */
export const entryOf = (pc: number): number => layout.targets + ((pc << 2) & ((targetEntries - 1) * 8));

/** A linear memory with the guest's main memory inside it, as the translator needs it. `size` in bytes. */
export function linearMemory(size: number): { readonly memory: WebAssembly.Memory; readonly bytes: Uint8Array } {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((layout.ram + size) / 0x1_0000) });
  return { memory, bytes: new Uint8Array(memory.buffer, layout.ram, size) };
}
