import { machines } from '../simulator/machine.ts';
import { planHost, replayHost } from '../targets/host/host.ts';
import { buildRv64, emitRv64 } from '../targets/host/rv64.ts';
import type { Target } from '../targets/target.ts';
import { runOn } from './firmware-run.ts';
import { machineOn, type Simulation } from './simulation.ts';

/** The C of the host target on a simulated RV64GC core without an operating system. */
export const rv64On = (simulation?: Simulation): Target => ({
  plan: planHost,
  replay: replayHost,
  emit: emitRv64,
  build: buildRv64,
  run: runOn(machineOn(machines.rv64, simulation)),
});
export const rv64Target: Target = rv64On();
