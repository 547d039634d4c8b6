import type { InFlight, MissingFence } from './in-flight.ts';
import type { Device, Ram } from './memory.ts';

/** The operands of a command: what its instruction says, and the words of the registers that it names; 0 for those that it does not. */
export interface Command {
  readonly funct: number;
  readonly rs1: number;
  readonly rs1High: number;
  readonly rs2: number;
  readonly rs2High: number;
}
/** The value for rd, where the instruction has one. */
export interface Reply {
  low: number;
  high: number;
}

/**
 * What a machine plugs in: it takes commands by instructions of its own, and works beside the core. Both engines give it the same commands in the same
 * cycles, so what it does may depend on the cycle, and on nothing of the host.
 */
export interface Accelerator {
  /** A command may have the core wait until something else wakes it, by throwing a Suspension: translated code leaves its commands to the interpreter. */
  readonly suspends?: boolean;
  /**
   * Takes a command in a cycle and returns the cycle from which on the core goes on: the same one, unless the command or its reply has to wait. A command
   * that throws, to be tried again or for good, has changed nothing. The object with the operands is its own until it returns.
   */
  command?(cycle: number, command: Command, reply: Reply): number;
  /** What the cores find at its addresses, if it is declared with some. */
  readonly registers?: Device;
  /** A fence of the core, in a cycle: returns the cycle in which all that is in flight is done. Nothing is in flight any more. */
  fence(cycle: number): number;
  /** Memory that it may have in flight is looked at or changed in a cycle: what it reads and writes until then is done, and nothing else. */
  settle?(cycle: number): void;
}

/** Where a cache has its state in the linear memory: its tags, and the shift register that chooses victims. */
export interface CachePlace {
  readonly tags: number;
  readonly random: number;
  readonly sets: number;
  readonly ways: number;
}

/**
 * The caches of the core, as an accelerator's own accesses meet them, line by line; lines are numbered from the start of the main memory. The shared cache has
 * the line, or has it from now on; `dirty` is one that the core's own cache had changed.
 */
export interface LineCaches {
  readonly lineBytes: number;
  /** Cycles of the memory behind the shared cache. */
  readonly memoryLatency: number;
  readLine(line: number): 'hit' | 'miss' | 'dirty';
  /** The core's own caches lose the line. */
  writeLine(line: number): 'hit' | 'miss' | 'dirty';
  /** For WebAssembly that does the same. Filters and the number of lines that were written back are addresses too. */
  readonly places: {
    readonly data: CachePlace;
    readonly shared: CachePlace;
    readonly loads: number;
    readonly stores: number;
    readonly writebacks: number;
  };
}

/** What an accelerator finds in its machine. */
export interface AcceleratorContext {
  /** The name under which the machine declares it. */
  readonly name: string;
  /** The main memory, which it reads and writes by itself. */
  readonly memory: Ram;
  /** Where it says what memory it is still going to read or write. */
  readonly inFlight: InFlight;
  /** An access of its own misses a fence: ends the run by throwing, unless it is to go on. */
  refuse(miss: MissingFence): void;
  /**
   * An access of its own to the main memory, in a cycle: the cycle in which it is served. It takes a cycle of a bank, where the machine's cores do; where
   * banks are not modelled it is served at once.
   */
  access(cycle: number, address: number, bytes: number): number;
  /** The caches of the core that gives the commands; undefined where its cycle model has none. */
  caches(): LineCaches | undefined;
  /** Memory of its own in the linear memory that has the main memory too, for WebAssembly that works on both: where it begins. */
  readonly linear: { readonly memory: WebAssembly.Memory; readonly at: number; readonly bytes: number };
  /** The core whose command or access this is, and its cycle. */
  agent(): { readonly core: number; readonly cycle: number };
  /** Has a core, the first one where no other is named, that a command or access suspended try it again, not before this cycle. */
  wake(cycle: number, core?: number): void;
}
export type MakeAccelerator = (context: AcceleratorContext) => Accelerator;
