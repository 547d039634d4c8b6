import { Calendars } from './calendar.ts';

/**
 * What shared memories, ports and units answer: the cycle in which a request is served that is made in `cycle`. The agent is a core's number, or that of
 * whoever else asks. Nothing is said of what comes before or after the service.
 */
export type Arbiter = (cycle: number, address: number, bytes: number, agent: number) => number;

/** How consecutive addresses are dealt out to banks. Both are powers of two. */
export interface Interleave {
  readonly banks: number;
  /** Bytes that lie in one bank before the next one's. */
  readonly bytes: number;
}

/** Banks that serve one access a cycle each. One across a boundary is two accesses, the second at least a cycle behind the first. */
export function bankArbiter({ banks, bytes: width }: Interleave, calendars = new Calendars(banks)): Arbiter {
  const bank = (address: number): number => Math.floor(address / width) % banks;
  return (cycle, address, bytes) => {
    const first = calendars.reserve(bank(address), cycle);
    const last = address + bytes - 1;
    return bank(last) === bank(address) ? first : calendars.reserve(bank(last), first + 1);
  };
}

/** Units that several agents share: agent i uses unit i modulo their number, which is busy for `busy` cycles. */
export function unitArbiter(units: number, busy: number, calendars = new Calendars(units)): Arbiter {
  return (cycle, _address, _bytes, agent) => calendars.reserve(agent % units, cycle, busy);
}
