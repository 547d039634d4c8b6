import { describeFault } from '../fault.ts';
import type { Outcome } from '../machine.ts';
import { hexText } from './packets.ts';

/** Signals by GDB's numbers (include/gdb/signals.def). */
export const signals = { interrupt: 0x02, illegal: 0x04, trap: 0x05, bus: 0x0a, segmentation: 0x0b, system: 0x0c, stop: 0x11 } as const;

const two = (value: number): string => value.toString(16).padStart(2, '0');
/** GDB's threads are the cores; it counts from 1. */
export const threadOf = (core: number): string => (core + 1).toString(16);
export const signalled = (signal: number, core: number, more = ''): string => `T${two(signal)}${more}thread:${threadOf(core)};`;

/** What a native program would be stopped by: GDB's users know these. */
export function signalOf(cause: string): number {
  if (cause === 'illegal instruction') return signals.illegal;
  if (cause === 'breakpoint') return signals.trap;
  if (cause.startsWith('environment call')) return signals.system;
  return cause.endsWith('misaligned') ? signals.bus : signals.segmentation;
}

const watched = { read: 'rwatch', write: 'watch', either: 'awatch' } as const;

/** The packets that tell GDB why the program stopped: what the console has to say about it, then the stop reply. */
export function stopReplies(outcome: Outcome, core: number): readonly string[] {
  const said = (text: string): string => `O${hexText(`${text}\n`)}`;
  switch (outcome.reason) {
    case 'exit':
      return [`W${two(outcome.code & 0xff)}`];
    case 'breakpoint':
      return [signalled(signals.trap, core, 'swbreak:;')];
    case 'watchpoint':
      return [signalled(signals.trap, core, `${watched[outcome.access]}:${outcome.address.toString(16)};`)];
    case 'fault':
      return [said(describeFault(outcome.fault).split('\n', 1)[0]!), signalled(signalOf(outcome.fault.cause), core)];
    case 'waiting':
      return [said('the program waits for an interrupt that cannot come'), signalled(signals.stop, core)];
    default:
      return [signalled(signals.interrupt, core)];
  }
}
