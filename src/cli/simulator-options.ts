import { type Command, Option } from '@commander-js/extra-typings';
import type { Rounding } from '../simulator/devices/gemmini/rounding.ts';
import type { Simulation, SimulatorName } from '../verify/simulation.ts';
import { UsageError } from './command.ts';
import { count } from './road.ts';
import { translationCache } from './translation-cache.ts';

export const gemminiRoundings = ['rtl', 'libgemmini'] as const satisfies readonly Rounding[];

/** The names of verify/simulation.ts, here so that --help loads none of them; a test compares them. */
export const simulatorNames = ['builtin', 'spike', 'verilator'] as const satisfies readonly SimulatorName[];

/** What may be said of the simulator on which the firmware of a simulated machine runs. */
export const withSimulatorOptions = <A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) =>
  command
    .addOption(
      new Option('--simulator <simulator>', 'what runs the firmware of a simulated machine (default: builtin)').choices(simulatorNames),
    )
    .option('--spike <program>', 'Spike, for --simulator spike (default: BITWRIGHT_SPIKE, or spike)')
    .option('--verilator-binary <program>', "Chipyard's simulator, for --simulator verilator (default: BITWRIGHT_VERILATOR_BINARY)")
    .option('--memory-latency <cycles>', "latency of the built-in machine's memory (default: the machine's own)", count)
    .addOption(new Option('--rounding <how>', 'how the built-in Gemmini scales: as the RTL, or as libgemmini').choices(gemminiRoundings));

export interface SimulatorOptions {
  readonly simulator?: SimulatorName | undefined;
  readonly spike?: string | undefined;
  readonly verilatorBinary?: string | undefined;
  readonly memoryLatency?: number | undefined;
  readonly rounding?: Rounding | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What computes without a simulator. */
const real: readonly (string | undefined)[] = [undefined, 'engine', 'host'];

/** The simulation that options and environment ask for, for what computes: a machine, a target or the engine. An option without effect is a UsageError. */
export function simulationOf(options: SimulatorOptions, machine: string | undefined, environment: Environment = process.env): Simulation {
  const { simulator = 'builtin', spike, verilatorBinary, memoryLatency, rounding } = options;
  const wanted = [
    ['--simulator', options.simulator, undefined],
    ['--spike', spike, 'spike'],
    ['--verilator-binary', verilatorBinary, 'verilator'],
    ['--memory-latency', memoryLatency, 'builtin'],
    ['--rounding', rounding, 'builtin'],
  ] as const;
  for (const [option, value, owner] of wanted) {
    if (value === undefined) continue;
    if (real.includes(machine)) throw new UsageError(`${option} is for firmware of a simulated machine: add --target gemmini`);
    if (owner !== undefined && owner !== simulator) throw new UsageError(`${option} belongs to --simulator ${owner}`);
  }
  return {
    simulator,
    spike: spike ?? (environment['BITWRIGHT_SPIKE'] || undefined),
    spikeGemmini: environment['BITWRIGHT_SPIKE_GEMMINI'] || undefined,
    verilatorBinary: verilatorBinary ?? (environment['BITWRIGHT_VERILATOR_BINARY'] || undefined),
    memoryLatency,
    rounding,
    translations: translationCache(environment),
  };
}
