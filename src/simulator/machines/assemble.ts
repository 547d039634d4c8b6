import type { DeviceDeclaration, MachineDeclaration } from '../../hardware/machine.ts';
import { Clint } from '../devices/clint.ts';
import type { Environment } from '../devices/environment.ts';
import { Htif } from '../devices/htif.ts';
import { Semihosting } from '../devices/semihosting.ts';
import type { Core } from '../riscv/core.ts';
import { Core32 } from '../riscv/core32.ts';
import { Core64 } from '../riscv/core64.ts';
import { Interpreter } from '../riscv/interpreter.ts';
import { Bus } from '../riscv/memory.ts';
import { type Profile, profile } from '../riscv/profile.ts';
import { interrupts } from '../riscv/trap.ts';
import { linearMemory } from '../wasm/translator/layout.ts';

export interface AssemblyOptions {
  readonly environment: Environment;
  readonly misaligned: 'ok' | 'trap';
  /** In place of the declared size of the main memory. */
  readonly memoryBytes?: number | undefined;
  /** The addresses of the program's symbols. */
  readonly symbol: (name: string) => number | undefined;
}

/** A machine put together: one core, its bus and its devices. */
export interface Assembly {
  readonly profile: Profile;
  readonly memory: WebAssembly.Memory;
  readonly bus: Bus;
  readonly core: Core;
  readonly interpreter: Interpreter;
  readonly semihosting: Semihosting | undefined;
  /** The cycle from which on the timer interrupt is pending. */
  timerCycle: number;
}

/** Puts a machine of one core together from its declaration: the same devices at the same addresses, the first memory as the main one. */
export function assembleMachine(declaration: MachineDeclaration, options: AssemblyOptions): Assembly {
  const { environment, misaligned, memoryBytes } = options;
  const [main, ...others] = Object.values(declaration.memories).filter(({ base }) => base !== undefined);
  const { memory, bytes } = linearMemory(memoryBytes ?? main!.bytes);
  const rams = others.map(({ base, bytes: size }) => ({ base: base!, bytes: new Uint8Array(size) }));
  const bus = new Bus([{ base: main!.base!, bytes }, ...rams]);
  const made = profile(declaration.cores[0]!.isa);
  const coreOptions = { bus, extensions: made.extensions, floatsInX: made.floatsInX, misaligned };
  const core = made.xlen === 64 ? new Core64(coreOptions) : new Core32(coreOptions);
  const devices = Object.values(declaration.devices);
  const assembly: Assembly = {
    profile: made,
    memory,
    bus,
    core,
    interpreter: new Interpreter(core, made.decoder),
    semihosting: devices.some(({ kind }) => kind === 'semihosting') ? new Semihosting(bus, environment, made.xlen) : undefined,
    timerCycle: Number.POSITIVE_INFINITY,
  };
  for (const device of devices) attachments[device.kind]?.(assembly, device as never, options);
  core.devicesChanged();
  return assembly;
}

type Attach<Kind extends DeviceDeclaration['kind']> = (
  assembly: Assembly,
  device: Extract<DeviceDeclaration, { readonly kind: Kind }>,
  options: AssemblyOptions,
) => void;

/** What a kind of device needs on the bus; semihosting needs nothing there. */
const attachments: { readonly [Kind in DeviceDeclaration['kind']]?: Attach<Kind> } = {
  clint(assembly, { base, bytes, cyclesPerTick }) {
    const { bus, core } = assembly;
    const ticks = (): number => Math.floor(core.cycle / cyclesPerTick);
    const setPending = (bit: number, pending: boolean): void => {
      core.pending = pending ? core.pending | (1 << bit) : core.pending & ~(1 << bit);
      core.deadline = 0; // the engine looks for interrupts when it begins anew
    };
    core.clock = () => BigInt(ticks());
    const device = new Clint(1, {
      ticks,
      software: (_, pending) => setPending(interrupts.software, pending),
      timer: (_, tick) => {
        assembly.timerCycle = tick * cyclesPerTick;
        setPending(interrupts.timer, core.cycle >= assembly.timerCycle);
      },
    });
    bus.attach({ base, size: bytes, device });
  },
  htif({ bus }, _, { environment, symbol }) {
    const address = symbol('tohost');
    if (address !== undefined) bus.attach({ base: address, size: 8, device: new Htif(bus, environment, symbol('fromhost')) });
  },
};
