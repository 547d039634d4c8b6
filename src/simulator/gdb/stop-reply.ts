import { describeFault } from '../fault.ts';
import type { Outcome } from '../machine.ts';
import { hexText } from './packets.ts';

/** Signals by GDB's numbers (include/gdb/signals.def). */
export const signals = { interrupt: 0x02, illegal: 0x04, trap: 0x05, bus: 0x0a, segmentation: 0x0b, system: 0x0c, stop: 0x11 } as const;

const two = (value: number): string => value.toString(16).padStart(2, '0');
export const signalled = (signal: number, more = ''): string => `T${two(signal)}${more}thread:1;`;

/** What a native program would be stopped by: GDB's users know these. */
export function signalOf(cause: string): number {
  if (cause === 'illegal instruction') return signals.illegal;
  if (cause === 'breakpoint') return signals.trap;
  if (cause.startsWith('environment call')) return signals.system;
  return cause.endsWith('misaligned') ? signals.bus : signals.segmentation;
}

const watched = { read: 'rwatch', write: 'watch', either: 'awatch' } as const;

/** The packets that tell GDB why the program stopped: what the console has to say about it, then the stop reply. */
export function stopReplies(outcome: Outcome): readonly string[] {
  const said = (text: string): string => `O${hexText(`${text}\n`)}`;
  switch (outcome.reason) {
    case 'exit':
      return [`W${two(outcome.code & 0xff)}`];
    case 'breakpoint':
      return [signalled(signals.trap, 'swbreak:;')];
    case 'watchpoint':
      return [signalled(signals.trap, `${watched[outcome.access]}:${outcome.address.toString(16)};`)];
    case 'fault':
      return [said(describeFault(outcome.fault).split('\n', 1)[0]!), signalled(signalOf(outcome.fault.cause))];
    case 'waiting':
      return [said('the program waits for an interrupt that cannot come'), signalled(signals.stop)];
    default:
      return [signalled(signals.interrupt)];
  }
}
