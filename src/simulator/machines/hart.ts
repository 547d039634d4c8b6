import type { Core } from '../riscv/core.ts';
import type { Interpreter } from '../riscv/interpreter.ts';
import type { Profile } from '../riscv/profile.ts';
import { interrupts } from '../riscv/trap.ts';
import type { ClusterTiming } from '../timing/cluster.ts';
import type { Pipeline } from '../timing/pipeline.ts';
import type { EmittedTiming } from '../wasm/translator/timing.ts';

/** One core of a machine. */
export interface Hart {
  /** Its place among the machine's cores, and its mhartid. */
  readonly index: number;
  readonly profile: Profile;
  readonly core: Core;
  readonly interpreter: Interpreter;
  /** What counts its cycles, if it is not that every instruction takes one. */
  timing: Pipeline | ClusterTiming | undefined;
  /** The same in translated code. */
  emitted: EmittedTiming | undefined;
  /** The cycle from which on its timer interrupt is pending. */
  timerCycle: number;
}

/** Raises or clears the timer interrupt. */
export function tick({ core, timerCycle }: Hart): void {
  const bit = 1 << interrupts.timer;
  core.pending = core.cycle >= timerCycle ? core.pending | bit : core.pending & ~bit;
}

/** It waits, and no interrupt that it has enabled is pending. */
export const isAsleep = ({ core }: Hart): boolean => core.waiting && (core.pending & core.enabled) === 0;

/** The first cycle in which it can run: that of its timer, if it sleeps until then, and Infinity, if only another core can wake it. */
export function runsFrom(hart: Hart): number {
  const { core, timerCycle } = hart;
  if (!isAsleep(hart)) return core.cycle;
  return (core.enabled & (1 << interrupts.timer)) === 0 ? Number.POSITIVE_INFINITY : Math.max(core.cycle, timerCycle);
}

/** A core that sleeps until its timer has slept. */
export function wakeUp(hart: Hart): void {
  hart.core.cycle = runsFrom(hart);
  tick(hart);
}

/** The cycle at which a run has to look at the timer again. */
export const timerDeadline = ({ core, timerCycle }: Hart): number => (timerCycle > core.cycle ? timerCycle : Number.POSITIVE_INFINITY);
