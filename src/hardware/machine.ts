import type { CycleModelName } from './cycle-models.ts';

/** Facts about a machine, and nothing that computes. Bytes and cycles throughout; `source` says where they come from. */
export interface MachineDeclaration {
  readonly name: string;
  readonly source: string;
  readonly cores: readonly CoreDeclaration[];
  /** The first is the main memory, which programs are loaded into. */
  readonly memories: { readonly [name: string]: MemoryDeclaration };
  readonly devices: { readonly [name: string]: DeviceDeclaration };
  /** Cycles for which a simulator runs one of several cores before the next one: 16 to 256. It decides who comes first, not how long things take. */
  readonly slice?: number;
}

export interface CoreDeclaration {
  /** RISC-V's own name of the instruction set, in lower case. */
  readonly isa: string;
  readonly count: number;
  /** How its cycles are counted, where a run says nothing else. */
  readonly cycles: CycleModelName;
}

export interface MemoryDeclaration {
  readonly base: number;
  readonly bytes: number;
  /** Banks that serve one access a cycle each, and how many bytes lie in one before the next one's. */
  readonly banks?: number;
  readonly interleave?: number;
}

export type DeviceDeclaration =
  /** Core-local interruptor: timer and software interrupts. `cyclesPerTick`: how many core cycles make one step of mtime. */
  | { readonly kind: 'clint'; readonly base: number; readonly bytes: number; readonly cyclesPerTick: number }
  /** Barriers of all cores, one in each word: a load waits until all have arrived, and `wakeUp` cycles more. */
  | { readonly kind: 'barriers'; readonly base: number; readonly bytes: number; readonly wakeUp: number }
  /** An accelerator that takes commands of the first core, on the opcode custom-0, 1, 2 or 3. `model` says what it does. */
  | { readonly kind: 'accelerator'; readonly model: string; readonly custom: 0 | 1 | 2 | 3 }
  /** An accelerator that all cores command by its registers at these addresses. */
  | { readonly kind: 'accelerator'; readonly model: string; readonly base: number; readonly bytes: number }
  /** Berkeley's host-target interface, at the program's symbols tohost and fromhost. */
  | { readonly kind: 'htif' }
  /** The calls of RISC-V semihosting, by the marked ebreak. */
  | { readonly kind: 'semihosting' };
