import { machines } from '../simulator/machine.ts';
import { gemminiCompiler } from '../targets/gemmini/gemmini.ts';
import type { Target } from '../targets/target.ts';
import { runOn } from './firmware-run.ts';
import { machineOn, type Simulation } from './simulation.ts';

/** Firmware for a core with a Gemmini, on a simulated one. */
export const gemminiOn = (simulation?: Simulation): Target => ({
  ...gemminiCompiler,
  run: runOn(machineOn(machines.gemmini, simulation)),
});
export const gemminiTarget: Target = gemminiOn();
