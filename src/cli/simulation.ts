import { readSync } from 'node:fs';
import { basename } from 'node:path';
import type { CycleModelName } from '../hardware/cycle-models.ts';
import { StackProfile } from '../profile/stacks.ts';
import { Timeline } from '../profile/timeline.ts';
import { tuneCompilation } from '../simulator/compilation.ts';
import { makeGemmini } from '../simulator/devices/gemmini/gemmini.ts';
import { loadTimeline } from '../simulator/devices/gemmini/load-timeline.ts';
import type { Rounding } from '../simulator/devices/gemmini/rounding.ts';
import { describeFault, type Fault } from '../simulator/fault.ts';
import { type EngineName, Machine, type Outcome } from '../simulator/machine.ts';
import type { CycleModel } from '../simulator/machines/cycle-model.ts';
import { type MachineName, machines } from '../simulator/machines/index.ts';
import { withMemoryLatency } from '../verify/memory-latency.ts';
import { thousands } from '../verify/units.ts';
import type { Io } from './command.ts';
import { gatherMissingFences, summariseMissingFences } from './missing-fences.ts';
import { printTable, type Row } from './table.ts';
import { translationCache } from './translation-cache.ts';

export interface SimulationOptions {
  readonly machine?: MachineName | undefined;
  readonly engine: EngineName;
  readonly cycleModel?: CycleModelName | undefined;
  /** Cycles, in place of the cycle model's own. */
  readonly memoryLatency?: number | undefined;
  /** How a Gemmini scales. */
  readonly rounding?: Rounding | undefined;
  readonly misaligned: 'ok' | 'trap';
  /** Megabytes. */
  readonly memory?: number | undefined;
  readonly trace?: true | undefined;
  readonly maxInstructions?: number | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly args?: readonly string[] | undefined;
  readonly json?: true | undefined;
  readonly profile?: string | true | undefined;
  /** Whether the run goes on behind accesses that miss a fence. */
  readonly reportMissingFences?: true | undefined;
  /** Port on which GDB is waited for. */
  readonly gdb?: number | undefined;
}

export interface Simulated {
  readonly exitCode: number;
  /** For a terminal. */
  readonly summary: string;
  /** For a program. */
  readonly report: unknown;
  /** For the file of --profile: a timeline if its name ends in .json, else folded stacks. */
  readonly profile: string | undefined;
}

/** What the process ends with when the program did not end by itself: timeout(1)'s code, one beside it, and a shell's codes of a segmentation fault and of a killed process. */
const exitCodes = { 'instruction limit': 124, timeout: 124, waiting: 125, fault: 139, breakpoint: 137, watchpoint: 137 } as const;

/** The chosen cycle model, with the latency of its memory. */
function cycleModelOf({ machine, cycleModel, memoryLatency }: SimulationOptions): CycleModel | undefined {
  if (memoryLatency === undefined) return cycleModel;
  return withMemoryLatency(cycleModel ?? machines[machine ?? 'rv64'].cores[0].cycles, memoryLatency, 'add --cycle-model rocket');
}

/** Runs a program to its end or to a limit; what it prints appears as it comes, and with `json` in the report alone. */
export async function simulateProgram(path: string, bytes: Uint8Array, options: SimulationOptions, io: Io): Promise<Simulated> {
  tuneCompilation();
  const console = consoleOf(io, options.json === true);
  const fences = gatherMissingFences(options.json ? () => undefined : io.note);
  const machine = Machine.load(bytes, {
    name: path,
    ...(options.machine === undefined ? {} : { machine: machines[options.machine] }),
    ...(options.memory === undefined ? {} : { memoryBytes: options.memory * 2 ** 20 }),
    engine: options.trace ? 'interpreter' : options.engine,
    cycleModel: cycleModelOf(options),
    accelerators: { gemmini: makeGemmini({ rounding: options.rounding, timeline: await loadTimeline() }) },
    missingFence: options.reportMissingFences && fences.add,
    misaligned: options.misaligned,
    translations: translationCache(),
    arguments: [basename(path), ...(options.args ?? [])],
    input: readInput,
    output: console.write,
    ...(options.trace ? { trace: (line: string) => io.note(`${line}\n`) } : {}),
  });
  const profile = options.profile === undefined ? undefined : new StackProfile();
  const timeline = isTimeline(options.profile) ? new Timeline() : undefined;
  const sample = (cycles: number): void => {
    const [functions, end] = [functionsOf(machine), machine.counters[machine.core]!.cycles];
    profile?.add(functions, cycles);
    timeline?.add(machine.core, functions, end - cycles, end);
  };
  const started = performance.now();
  const outcome =
    options.gdb === undefined
      ? machine.run({ maxInstructions: options.maxInstructions, timeout: options.timeout, sample: profile && sample })
      : await (await import('./debugging.ts')).runUnderGdb(machine, options.gdb, path, io.note);
  const time = (performance.now() - started) / 1000;
  const { instructions, cycles } = machine;
  const missed = fences.places();
  const mips = instructions / time / 1e6;
  const speed = options.gdb === undefined ? `, ${mips < 10 ? mips.toFixed(1) : thousands(Math.round(mips))} MIPS` : '';
  return {
    exitCode: missed.length > 0 ? exitCodes.fault : outcome.reason === 'exit' ? outcome.code & 0xff : exitCodes[outcome.reason],
    summary: `${ending(outcome)}${summariseMissingFences(missed)}${thousands(instructions)} instructions, ${thousands(cycles)} cycles${speed}\n${ofCores(machine)}${profile ? `\n${hotFunctions(profile)}` : ''}`,
    report: {
      ...plainOutcome(outcome),
      instructions,
      cycles,
      seconds: time,
      mips,
      ...(options.reportMissingFences ? { missingFences: missed.map(({ fault, times }) => ({ ...plainFault(fault), times })) } : {}),
      ...(machine.cores > 1 ? { cores: machine.counters } : {}),
      ...(options.json ? console.texts() : {}),
      ...(profile ? { profile: profile.functions() } : {}),
    },
    profile: timeline?.json(basename(path)) ?? profile?.folded(),
  };
}

const isTimeline = (file: string | true | undefined): boolean => typeof file === 'string' && file.endsWith('.json');

/** The names of the functions that are running, the outermost first. */
const functionsOf = (machine: Machine): string[] =>
  machine
    .callStack()
    .map(({ symbol, address }) => symbol?.replace(/\+0x[0-9a-f]+$/, '') ?? `0x${address.toString(16)}`)
    .reverse();

/** Of several cores, a line each. */
const ofCores = ({ cores, counters }: Machine): string =>
  cores === 1
    ? ''
    : counters
        .map(({ instructions, cycles }, core) => `core ${core}: ${thousands(instructions)} instructions, ${thousands(cycles)} cycles\n`)
        .join('');

const shownFunctions = 20;

function hotFunctions(profile: StackProfile): string {
  const share = (cycles: number): string => `${((100 * cycles) / Math.max(profile.cycles, 1)).toFixed(1)} %`;
  const rows = profile
    .functions()
    .slice(0, shownFunctions)
    .map(({ name, self, total }): Row => [name, self, share(self), total, share(total)]);
  return printTable(['function', 'cycles', 'share', 'with what it calls', 'its share'], rows);
}

const plainOutcome = (outcome: Outcome): object =>
  outcome.reason === 'fault' ? { ...outcome, fault: plainFault(outcome.fault) } : outcome;

/** JSON has no integers of 64 bits: they become texts. */
function plainFault({ value, registers, ...fault }: Fault): object {
  const hex = (number: bigint): string => `0x${number.toString(16)}`;
  const texts = Object.fromEntries(Array.from(registers, ([name, held]) => [name, hex(held)]));
  return { ...fault, value: hex(value), registers: texts };
}

function ending(outcome: Outcome): string {
  if (outcome.reason === 'exit') return '';
  if (outcome.reason === 'fault') return describeFault(outcome.fault);
  if (outcome.reason === 'breakpoint' || outcome.reason === 'watchpoint') return 'ended by GDB\n';
  if (outcome.reason === 'waiting') return 'the program waits for an interrupt that cannot come\n';
  return outcome.reason === 'timeout' ? 'stopped by --timeout\n' : 'stopped by --max-instructions\n';
}

/** What a program writes: bytes as they are, or texts for the report, in which characters of several bytes may come in pieces. */
function consoleOf({ out, note }: Io, keep: boolean) {
  const streams = { out: { text: '', decoder: new TextDecoder(), pass: out }, err: { text: '', decoder: new TextDecoder(), pass: note } };
  return {
    write: (stream: 'out' | 'err', bytes: Uint8Array): void => {
      const to = streams[stream];
      if (keep) to.text += to.decoder.decode(bytes, { stream: true });
      else to.pass(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    },
    texts: () => {
      const [output, errors] = [streams.out, streams.err].map(({ text, decoder }) => text + decoder.decode());
      return { output, errors };
    },
  };
}

/** Standard input, waited for; none where there is none. */
function readInput(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  try {
    return bytes.subarray(0, readSync(0, bytes));
  } catch {
    return bytes.subarray(0, 0);
  }
}
