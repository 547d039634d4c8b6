import { BadInput } from '../../errors.ts';
import type { DeviceDeclaration, MachineDeclaration } from '../../hardware/machine.ts';
import type { Arbiter } from '../contention/arbiter.ts';
import { makeGemmini } from '../devices/gemmini/gemmini.ts';
import type { Accelerator, AcceleratorContext, LineCaches, MakeAccelerator } from '../riscv/accelerator.ts';
import type { Observer } from '../riscv/core.ts';
import { InFlight, type MissingFence, markShift } from '../riscv/in-flight.ts';
import { inexact } from '../riscv/inexact.ts';
import type { Row } from '../riscv/row.ts';
import { rocc, waitingFence } from '../riscv/rows/rocc.ts';
import { Pipeline } from '../timing/pipeline.ts';
import { linearMemory } from '../wasm/translator/layout.ts';
import type { Hart } from './hart.ts';

/** What the models of accelerators do that come with the simulator. */
const builtIn: { readonly [model: string]: MakeAccelerator } = { gemmini: makeGemmini() };

export type AcceleratorDeclaration = Extract<DeviceDeclaration, { readonly kind: 'accelerator' }>;

/** Bytes of linear memory that each accelerator has for itself. */
const ownMemory = 1 << 22;

export interface PlacedMemory {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  /** A mark for each 2^4 bytes, and the value of those that count. */
  readonly marks: PlacedMarks | undefined;
}
export interface PlacedMarks {
  readonly bytes: Uint8Array;
  readonly current: Int32Array;
}

/**
 * The linear memory of a machine. Where it has accelerators, the marks of what they have in flight lie right behind the main memory, and behind those what
 * each of them has for itself.
 */
export function placeMemory(size: number, cores: number, accelerators: number): PlacedMemory {
  const count = accelerators > 0 ? Math.ceil(size / 2 ** markShift) : 0;
  const { memory, bytes } = linearMemory(size + count + 16 + 32 + accelerators * ownMemory, cores);
  const behind = bytes.byteOffset + size + count;
  const marks = { bytes: bytes.subarray(size, size + count), current: new Int32Array(memory.buffer, behind + (-behind & 15), 4) };
  return { memory, bytes: bytes.subarray(0, size), marks: accelerators > 0 ? marks : undefined };
}

/** What an accelerator has for itself: at a multiple of 16. */
function ownMemoryOf(linear: WebAssembly.Memory, { current }: PlacedMarks, index: number): AcceleratorContext['linear'] {
  return { memory: linear, at: current.byteOffset + 16 + index * ownMemory, bytes: ownMemory };
}

/** The instructions that a core gains by its accelerators, in their order. */
export const pluggedRows = (declared: readonly AcceleratorDeclaration[]): readonly Row[] =>
  declared.length === 0 ? [] : [...declared.flatMap((each, port) => ('custom' in each ? rocc(each.custom, port) : [])), waitingFence];

export interface PlugInOptions {
  /** What they do, by their models. */
  readonly accelerators?: { readonly [model: string]: MakeAccelerator } | undefined;
  /** When the main memory serves an access, where that depends on others. */
  readonly banks?: Arbiter | undefined;
  /** The core that runs. */
  readonly agent: () => Hart;
  /** Told of each access that misses a fence; the run ends at the first one, where absent. */
  readonly missingFence?: ((miss: MissingFence) => void) | undefined;
}

/** Makes the accelerators of a machine. While anything is in flight, the accesses of all cores are checked. */
export function plugIn(
  { name: machine, devices }: MachineDeclaration,
  harts: readonly Hart[],
  { memory: linear, marks }: { readonly memory: WebAssembly.Memory; readonly marks: PlacedMarks },
  { accelerators = {}, banks = (cycle) => cycle, agent: running, missingFence }: PlugInOptions,
): void {
  const [{ core }] = harts as readonly [Hart, ...Hart[]];
  const memory = core.bus.main;
  const settle = (): void => {
    for (const accelerator of core.accelerators) accelerator.settle?.(running().core.cycle);
  };
  core.bus.settle = settle;
  const refuse = refusalOf(missingFence, () => running().core.cycle);
  /** What misses a fence sees memory as it is in its cycle, so that has to be known. */
  const checkerOf =
    ({ core }: Hart): Observer =>
    (address, bytes, access) => {
      const miss = inFlight.meeting(address, bytes, access === 'read' ? 'load' : 'store');
      if (miss === undefined) return;
      if (!core.exact) throw inexact;
      settle();
      refuse(miss);
    };
  const checkers = harts.map(checkerOf);
  const watch = (some: boolean): void => {
    for (const [index, hart] of harts.entries()) hart.core.askBefore(some ? checkers[index] : undefined);
  };
  const inFlight = new InFlight(memory.base, marks.bytes, watch, marks.current);
  const caches = (): LineCaches | undefined => (harts[0]!.timing instanceof Pipeline ? harts[0]!.timing.caches : undefined);
  const wake = (cycle: number, index = 0): void => {
    const sleeper = harts[index]!.core;
    if (!sleeper.waiting) return;
    sleeper.waiting = false;
    sleeper.cycle = Math.max(sleeper.cycle, cycle);
  };
  const agent = (): { readonly core: number; readonly cycle: number } => ({ core: running().index, cycle: running().core.cycle });
  for (const hart of harts) hart.core.inFlight = inFlight;
  for (const [name, device] of Object.entries(devices)) {
    if (device.kind !== 'accelerator') continue;
    const make = accelerators[device.model] ?? builtIn[device.model];
    if (make === undefined)
      throw new BadInput({
        where: `machine ${machine}`,
        found: `the accelerator ${device.model}`,
        expected:
          Object.keys(accelerators).length > 0 ? `one of ${Object.keys(accelerators).join(', ')}` : 'a machine without accelerators',
        remedy: 'give what it does in the option accelerators',
      });
    const number = harts.length + core.accelerators.length;
    const access = (cycle: number, address: number, bytes: number): number => banks(cycle, address, bytes, number);
    const own = ownMemoryOf(linear, marks, core.accelerators.length);
    const accelerator = make({ name, memory, inFlight, refuse, access, caches, linear: own, agent, wake });
    core.accelerators.push(missingFence ? interpreted(accelerator) : accelerator);
    if ('base' in device && accelerator.registers)
      core.bus.attach({ base: device.base, size: device.bytes, device: accelerator.registers });
  }
}

/** What an access that misses a fence comes to. One that is made in parts is told once. */
function refusalOf(missingFence: PlugInOptions['missingFence'], now: () => number): (miss: MissingFence) => void {
  let last = Number.NaN;
  return (miss) => {
    if (missingFence === undefined) throw miss;
    const cycle = now();
    if (cycle !== last) missingFence(miss);
    last = cycle;
  };
}

/** The same, but translated code leaves its commands to the interpreter, in which it is known whose command misses a fence. */
const interpreted = (accelerator: Accelerator): Accelerator => ({
  suspends: true,
  command: (cycle, command, reply) => accelerator.command!(cycle, command, reply),
  fence: (cycle) => accelerator.fence(cycle),
  settle: (cycle) => accelerator.settle?.(cycle),
});
