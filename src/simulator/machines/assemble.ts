import { BadInput } from '../../errors.ts';
import { clusterCore } from '../../hardware/cluster-core.ts';
import type { DeviceDeclaration, MachineDeclaration } from '../../hardware/machine.ts';
import { Barriers } from '../devices/barrier.ts';
import { Clint } from '../devices/clint.ts';
import type { Environment } from '../devices/environment.ts';
import { Htif } from '../devices/htif.ts';
import { Semihosting } from '../devices/semihosting.ts';
import type { MakeAccelerator } from '../riscv/accelerator.ts';
import type { Core } from '../riscv/core.ts';
import { Core32 } from '../riscv/core32.ts';
import { Core64 } from '../riscv/core64.ts';
import type { MissingFence } from '../riscv/in-flight.ts';
import { Interpreter } from '../riscv/interpreter.ts';
import { Bus } from '../riscv/memory.ts';
import { type Profile, profile } from '../riscv/profile.ts';
import { interrupts } from '../riscv/trap.ts';
import { coreRegisters } from '../wasm/translator/layout.ts';
import { type AcceleratorDeclaration, placeMemory, pluggedRows, plugIn } from './accelerators.ts';
import { type CycleModel, giveTiming, shareTiming } from './cycle-model.ts';
import type { Hart } from './hart.ts';

export interface AssemblyOptions {
  readonly environment: Environment;
  readonly misaligned: 'ok' | 'trap';
  /** In place of the declared size of the main memory. */
  readonly memoryBytes?: number | undefined;
  /** In place of the declared one: a name, or a pipeline as data. */
  readonly cycleModel?: CycleModel | undefined;
  /** What the accelerators of a declaration do, by their models. */
  readonly accelerators?: { readonly [model: string]: MakeAccelerator } | undefined;
  /** Told of each access that misses a fence; the run ends at the first one, where absent. */
  readonly missingFence?: ((miss: MissingFence) => void) | undefined;
  /** The addresses of the program's symbols. */
  readonly symbol: (name: string) => number | undefined;
}

/** A machine put together: its cores on one bus with their memories and devices. */
export interface Assembly {
  readonly memory: WebAssembly.Memory;
  readonly bus: Bus;
  readonly harts: readonly Hart[];
  readonly semihosting: Semihosting | undefined;
  /** Cycles that one core runs before the next one. */
  readonly slice: number;
  /** The core that runs: whose accesses devices see. */
  agent: Hart;
  /** To be told from time to time: no core will do anything before this cycle any more. */
  readonly forget: (cycle: number) => void;
}

/** No smaller than a page, no larger than what addresses of 32 bits reach. */
const smallest = 4096;
function refuseSize(size: number, base: number, machine: string): void {
  const largest = Math.min(2 ** 32 - base, 3 * 2 ** 30);
  if (Number.isInteger(size) && size >= smallest && size <= largest) return;
  const expected = `${smallest} to ${largest} bytes from 0x${base.toString(16)}`;
  throw new BadInput({ where: `machine ${machine}`, found: `a main memory of ${size} bytes`, expected, remedy: 'choose a size between' });
}

/** Puts a machine together from its declaration: the same devices at the same addresses, the first memory as the main one. */
export function assembleMachine(declaration: MachineDeclaration, options: AssemblyOptions): Assembly {
  const { environment, misaligned, memoryBytes } = options;
  const [main, ...others] = Object.values(declaration.memories);
  const declared = declaration.cores.flatMap((core) => Array.from({ length: core.count }, () => core));
  const plugged = Object.values(declaration.devices).filter(({ kind }) => kind === 'accelerator') as readonly AcceleratorDeclaration[];
  const size = memoryBytes ?? main!.bytes;
  refuseSize(size, main!.base, declaration.name);
  const { memory, bytes, marks } = placeMemory(size, declared.length, plugged.length);
  const rams = others.map(({ base, bytes: size }) => ({ base, bytes: new Uint8Array(size) }));
  const bus = new Bus([{ base: main!.base, bytes }, ...rams]);
  const peers: Core[] = [];
  const profiles = new Map(declaration.cores.map((core) => [core, profile(core.isa)]));
  const harts = declared.map((core, index) => {
    const made = index === 0 && plugged.length > 0 ? profile(core.isa, pluggedRows(plugged)) : profiles.get(core)!;
    return makeHart(made, index, { memory, bus, misaligned, peers });
  });
  peers.push(...harts.map(({ core }) => core));
  const shared = shareTiming(memory, main!, clusterCore.floats);
  const devices = Object.values(declaration.devices);
  const hasSemihosting = devices.some(({ kind }) => kind === 'semihosting');
  const assembly: Assembly = {
    memory,
    bus,
    harts,
    semihosting: hasSemihosting ? new Semihosting(bus, environment, harts[0]!.profile.xlen) : undefined,
    slice: declaration.slice ?? 1,
    agent: harts[0]!,
    forget: (cycle) => shared.forget(cycle),
  };
  for (const device of devices) attachments[device.kind]?.(assembly, device as never, options);
  if (marks)
    plugIn(
      declaration,
      harts,
      { memory, marks },
      { accelerators: options.accelerators, banks: shared.banks, agent: () => assembly.agent, missingFence: options.missingFence },
    );
  for (const { core } of harts) core.devicesChanged();
  for (const [index, hart] of harts.entries()) giveTiming(hart, options.cycleModel ?? declared[index]!.cycles, memory, shared);
  return assembly;
}

interface Common {
  readonly memory: WebAssembly.Memory;
  readonly bus: Bus;
  readonly misaligned: 'ok' | 'trap';
  readonly peers: readonly Core[];
}

function makeHart(made: Profile, index: number, shared: Common): Hart {
  const registers = coreRegisters(shared.memory, index, made.xlen);
  const options = { ...shared, extensions: made.extensions, floatsInX: made.floatsInX, hart: index, registers };
  const core = made.xlen === 64 ? new Core64(options) : new Core32(options);
  return {
    index,
    profile: made,
    core,
    interpreter: new Interpreter(core, made.decoder),
    timing: undefined,
    emitted: undefined,
    timerCycle: Number.POSITIVE_INFINITY,
  };
}

/** Sets or clears an interrupt of a core. One that sleeps wakes in the cycle in which the running core does this. */
function setPending({ agent }: Assembly, hart: Hart, bit: number, pending: boolean): void {
  const { core } = hart;
  core.pending = pending ? core.pending | (1 << bit) : core.pending & ~(1 << bit);
  if (hart === agent)
    core.deadline = 0; // the engine looks for interrupts when it begins anew
  else if (core.waiting && (core.pending & core.enabled) !== 0) core.cycle = Math.max(core.cycle, agent.core.cycle);
}

type Attach<Kind extends DeviceDeclaration['kind']> = (
  assembly: Assembly,
  device: Extract<DeviceDeclaration, { readonly kind: Kind }>,
  options: AssemblyOptions,
) => void;

/** What a kind of device needs on the bus; semihosting needs nothing there. */
const attachments: { readonly [Kind in DeviceDeclaration['kind']]?: Attach<Kind> } = {
  clint(assembly, { base, bytes, cyclesPerTick }) {
    const { bus, harts } = assembly;
    const ticks = ({ core }: Hart): number => Math.floor(core.cycle / cyclesPerTick);
    for (const hart of harts) hart.core.clock = () => BigInt(ticks(hart));
    const device = new Clint(harts.length, {
      ticks: () => ticks(assembly.agent),
      software: (index, pending) => setPending(assembly, harts[index]!, interrupts.software, pending),
      timer: (index, tick) => {
        const hart = harts[index]!;
        hart.timerCycle = tick * cyclesPerTick;
        setPending(assembly, hart, interrupts.timer, assembly.agent.core.cycle >= hart.timerCycle);
      },
    });
    bus.attach({ base, size: bytes, device });
  },
  barriers(assembly, { base, bytes, wakeUp }) {
    const { bus, harts } = assembly;
    const device = new Barriers({
      cores: harts.length,
      agent: () => assembly.agent.index,
      wake: (index) => {
        const { core } = harts[index]!;
        core.waiting = false;
        core.cycle = Math.max(core.cycle, assembly.agent.core.cycle + wakeUp);
      },
    });
    bus.attach({ base, size: bytes, device });
  },
  htif({ bus }, _, { environment, symbol }) {
    const address = symbol('tohost');
    if (address !== undefined) bus.attach({ base: address, size: 8, device: new Htif(bus, environment, symbol('fromhost')) });
  },
};
