import { BadInput } from '../errors.ts';
import { type GemminiDeclaration, type Generation, gemmini } from '../hardware/gemmini.ts';
import type { Rounding } from '../simulator/devices/gemmini/rounding.ts';
import { runFirmware } from '../simulator/external/external.ts';
import { spike } from '../simulator/external/spike.ts';
import { verilator } from '../simulator/external/verilator.ts';
import type { MachineDeclaration, Translations } from '../simulator/machine.ts';
import { runBuiltIn } from './built-in.ts';
import type { FirmwareMachine } from './firmware-run.ts';

/** What runs the firmware of simulated machines, and where it is. */
export interface Simulation {
  readonly simulator: SimulatorName;
  /** Spike, where it is not `spike` in PATH. */
  readonly spike?: string | undefined;
  /** libgemmini.so, where Spike does not find it by itself. */
  readonly spikeGemmini?: string | undefined;
  /** Chipyard's simulator, where it is not in PATH. */
  readonly verilatorBinary?: string | undefined;
  /** Of the machine that is built in, in cycles, in place of its own. */
  readonly memoryLatency?: number | undefined;
  /** How the Gemmini of the machine that is built in scales: as the RTL, where absent. */
  readonly rounding?: Rounding | undefined;
  /** The Gemmini for which the firmware is; the standard one, where absent. */
  readonly gemmini?: GemminiDeclaration | undefined;
  /** Where the machine that is built in keeps translated code for the next run. */
  readonly translations?: Translations | undefined;
}

/** The generation whose LOOP_CONV_WS Spike's Gemmini has. */
const libgemmini = '2023-10' satisfies Generation;

function refuseGeneration({ generation }: GemminiDeclaration): never {
  throw new BadInput({
    where: '--simulator spike',
    found: `firmware for a Gemmini of ${generation} alone`,
    expected: `firmware for every generation, or for that of ${libgemmini}`,
    remedy: `compile it with --target gemmini, or with --target gemmini-${libgemmini}`,
  });
}

/** The simulators by name. A new one is a file in simulator/external and one entry. */
export const simulators = {
  builtin: (machine, settings) => ({
    countsCycles: true,
    run: (executable, cases) => runBuiltIn(machine, settings, executable, cases),
  }),
  spike: (machine, { spike: command, spikeGemmini: library, gemmini: declaration }) => {
    if (declaration?.ownFirmware && declaration.generation !== libgemmini) refuseGeneration(declaration);
    const [{ isa }] = machine.cores as readonly [MachineDeclaration['cores'][number]];
    const accelerated = Object.values(machine.devices).some((device) => device.kind === 'accelerator');
    const simulator = spike({ command, isa, ...(accelerated && { gemmini: { dim: gemmini.dim, library } }) });
    return { countsCycles: false, run: (executable, cases) => runFirmware(simulator, executable, cases) };
  },
  verilator: (_, { verilatorBinary }) => ({
    countsCycles: true,
    run: (executable, cases) => runFirmware(verilator(verilatorBinary), executable, cases),
  }),
} as const satisfies { readonly [name: string]: (machine: MachineDeclaration, simulation: Simulation) => FirmwareMachine };
export type SimulatorName = keyof typeof simulators;

export const machineOn = (machine: MachineDeclaration, simulation: Simulation = { simulator: 'builtin' }): FirmwareMachine =>
  simulators[simulation.simulator](machine, simulation);
