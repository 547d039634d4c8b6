import { type Generation, gemmini, gemminiOf } from '../hardware/gemmini.ts';
import { machines } from '../simulator/machine.ts';
import { gemminiCompilerOf } from '../targets/gemmini/gemmini.ts';
import type { Target } from '../targets/target.ts';
import { runOn } from './firmware-run.ts';
import { machineOn, type Simulation } from './simulation.ts';

/** Firmware for a core with a Gemmini, on a simulated one; for one generation alone, where that is named. */
export const gemminiOn = (simulation: Simulation = { simulator: 'builtin' }, generation?: Generation): Target => ({
  ...gemminiCompilerOf(generation),
  run: runOn(machineOn(machines.gemmini, { ...simulation, gemmini: generation === undefined ? gemmini : gemminiOf(generation) })),
});
export const gemminiTarget: Target = gemminiOn();
