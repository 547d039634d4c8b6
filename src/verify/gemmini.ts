import { machines } from '../simulator/machine.ts';
import { gemminiCompiler } from '../targets/gemmini/gemmini.ts';
import type { Target } from '../targets/target.ts';
import { runOn } from './rv64.ts';

/** Firmware for a core with a Gemmini, on the simulated one. */
export const gemminiTarget: Target = { ...gemminiCompiler, run: runOn(machines.gemmini) };
