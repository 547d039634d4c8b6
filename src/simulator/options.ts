import type { MachineDeclaration } from '../hardware/machine.ts';
import type { EngineName } from './engines.ts';
import type { Fault } from './fault.ts';
import type { CycleModel } from './machines/cycle-model.ts';
import type { MakeAccelerator } from './riscv/accelerator.ts';
import type { StopReason } from './riscv/stop.ts';
import type { Translations } from './translations.ts';

export interface MachineOptions {
  /** How messages call the program: its path. */
  readonly name?: string | undefined;
  /** Where it runs; rv64 or rv32 by the width of the program, where absent. */
  readonly machine?: MachineDeclaration | undefined;
  readonly engine?: EngineName | undefined;
  /** What the accelerators that the machine declares do, by their models. */
  readonly accelerators?: { readonly [model: string]: MakeAccelerator } | undefined;
  /** Told of each access, of a core or of an accelerator, that misses a fence; the program goes on with what is in memory in that cycle. Without it the run ends there. */
  readonly missingFence?: ((fault: Fault) => void) | undefined;
  /** What a load or store that is not naturally aligned does; it succeeds, where absent. */
  readonly misaligned?: 'ok' | 'trap' | undefined;
  /** Size of the main memory, in place of the declared one. */
  readonly memoryBytes?: number | undefined;
  /** How cycles are counted, in place of the machine's own way: a name, or a pipeline as data. */
  readonly cycleModel?: CycleModel | undefined;
  /** Where translated code outlives the run, so that the next one starts with it. */
  readonly translations?: Translations | undefined;
  /** The program's name and its arguments. */
  readonly arguments?: readonly string[] | undefined;
  /** At most `count` bytes of standard input, none at its end. */
  readonly input?: ((count: number) => Uint8Array) | undefined;
  /** What the program prints, as it comes. */
  readonly output?: ((stream: 'out' | 'err', bytes: Uint8Array) => void) | undefined;
  /** A line for each instruction before it runs. The interpreter alone calls it. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface RunLimits {
  /** To be run in this call, by all cores together; the run ends at the first yield point behind them, with several cores at the end of their slices. */
  readonly maxInstructions?: number | undefined;
  /** Seconds on the host's clock. */
  readonly timeout?: number | undefined;
  /** Called every thousand cycles, or every 5000th part of all cycles if that is more, for each core that ran, with its cycles since the last call: a profile. */
  readonly sample?: ((cycles: number) => void) | undefined;
}

/** Why a run ended; `core` says on which one of several cores. */
export type Outcome =
  | { readonly reason: 'exit'; readonly code: number; readonly core?: number }
  | { readonly reason: 'fault'; readonly fault: Fault }
  /** It waits for an interrupt (wfi) or a device, and no timer is set: all cores do. */
  | { readonly reason: 'waiting' }
  | { readonly reason: 'instruction limit' }
  | { readonly reason: 'timeout' }
  /** Before the instruction of a breakpoint, or behind one that touched a watchpoint. */
  | StopReason;
