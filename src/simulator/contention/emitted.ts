import { call, type Expr, get, i32 } from '../wasm/expression.ts';
import { FunctionBuilder } from '../wasm/function.ts';
import type { Interleave } from './arbiter.ts';
import { calendarLayout, horizon } from './calendar.ts';

/** Calendars in a linear memory: as many as `resources`, a power of two, from the byte `at` on. */
export interface PlacedCalendars {
  readonly resources: number;
  readonly at: number;
}

/** The byte of the ring at which the words of a cycle lie, and the resource's in them. */
const wordOf = ({ resources }: PlacedCalendars, cycle: Expr<'i32'>, resource: Expr<'i32'>): Expr<'i32'> => {
  const line = i32.and(i32.shrU(cycle, i32.const(5)), i32.const(horizon / 32 - 1));
  return i32.shl(i32.add(i32.mul(line, i32.const(resources)), resource), i32.const(2));
};
const ring = ({ at }: PlacedCalendars): number => at + 4 * calendarLayout.ring;
/** The low word of the first cycle that calendars hold. */
export const firstCycle = ({ at }: PlacedCalendars): Expr<'i32'> => i32.load(i32.const(0), at + 4 * calendarLayout.from);
/** A cycle that calendars from this one on do not hold yet. */
const isBeyond = (from: Expr<'i32'>, cycle: Expr<'i32'>): Expr<'i32'> => i32.geU(i32.sub(cycle, from), i32.const(horizon));
const beyond = (calendars: PlacedCalendars, cycle: Expr<'i32'>): Expr<'i32'> => isBeyond(firstCycle(calendars), cycle);

const cycle = () => get('i32', 0);

/** (low word of the cycle, resource) -> cycles until the first free one, which is taken from then on: word by word. */
export function reserveFunction(calendars: PlacedCalendars): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32'], 'i32');
  const [start, word, free] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const at = () => get('i32', start);
  f.set(start, cycle());
  f.loop((again) => {
    f.if(beyond(calendars, at()), () => f.return(i32.sub(at(), cycle())));
    f.set(word, wordOf(calendars, at(), get('i32', 1)));
    f.set(free, i32.and(i32.xor(i32.load(get('i32', word), ring(calendars)), i32.const(-1)), i32.shl(i32.const(-1), at())));
    f.set(start, i32.and(at(), i32.const(-32)));
    f.if(
      get('i32', free),
      () => {
        const first = f.name(i32.ctz(get('i32', free)));
        const taken = i32.or(i32.load(get('i32', word), ring(calendars)), i32.shl(i32.const(1), first));
        f.store(get('i32', word), taken, ring(calendars));
        f.return(i32.sub(i32.add(at(), first), cycle()));
      },
      () => {
        f.set(start, i32.add(at(), i32.const(32)));
        f.br(again);
      },
    );
  });
  f.unreachable();
  return f;
}

/** The same for `cycles` in a row: (low word of the cycle, resource) -> cycles until they begin. Bit by bit: units that are busy for long are asked rarely. */
export function reserveRowFunction(calendars: PlacedCalendars, cycles: number): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32'], 'i32');
  const [start, at, found] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const here = () => get('i32', at);
  const line = () => wordOf(calendars, here(), get('i32', 1));
  f.set(start, cycle());
  f.set(at, cycle());
  f.loop((again) => {
    f.if(i32.ltS(i32.sub(here(), get('i32', start)), i32.const(cycles)), () => {
      f.set(found, i32.const(0));
      f.if(i32.eqz(beyond(calendars, here())), () =>
        f.set(found, i32.and(i32.shrU(i32.load(line(), ring(calendars)), here()), i32.const(1))),
      );
      f.set(at, i32.add(here(), i32.const(1)));
      f.if(get('i32', found), () => f.set(start, here()));
      f.br(again);
    });
  });
  f.set(at, get('i32', start));
  f.loop((again) => {
    f.if(i32.ltS(i32.sub(here(), get('i32', start)), i32.const(cycles)), () => {
      f.if(i32.eqz(beyond(calendars, here())), () => {
        const taken = i32.or(i32.load(line(), ring(calendars)), i32.shl(i32.const(1), here()));
        f.store(line(), taken, ring(calendars));
      });
      f.set(at, i32.add(here(), i32.const(1)));
      f.br(again);
    });
  });
  f.return(i32.sub(get('i32', start), cycle()));
  return f;
}

/** (low word of the cycle, address, bytes) -> cycles until the access is served, by the bank, or by the two banks that it lies in, one after the other. */
export function bankFunction({ banks, bytes: width }: Interleave, reserve: number): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32'], 'i32');
  const bank = (address: Expr<'i32'>): Expr<'i32'> => i32.and(i32.shrU(address, i32.const(Math.log2(width))), i32.const(banks - 1));
  const first = f.name(call('i32', reserve, cycle(), bank(get('i32', 1))));
  const last = f.name(i32.sub(i32.add(get('i32', 1), get('i32', 2)), i32.const(1)));
  const apart = i32.ne(bank(last), bank(get('i32', 1)));
  f.if(apart, () => {
    const second = i32.add(i32.add(cycle(), first), i32.const(1));
    f.return(i32.add(i32.add(first, i32.const(1)), call('i32', reserve, second, bank(last))));
  });
  f.return(first);
  return f;
}

/**
 * Where an access that is made in the cycle `now` has its bit, if it lies in one bank and in the calendars, which begin with the cycle `from`. All but that is the
 * business of `bankFunction`.
 */
export function bankBit(
  { banks, bytes: width }: Interleave,
  calendars: PlacedCalendars,
  from: Expr<'i32'>,
  now: Expr<'i32'>,
  address: Expr<'i32'>,
  bytes: number,
) {
  const bank = i32.and(i32.shrU(address, i32.const(Math.log2(width))), i32.const(banks - 1));
  const inWord = i32.add(i32.and(address, i32.const(width - 1)), i32.const(bytes));
  const special = isBeyond(from, now);
  return {
    place: wordOf(calendars, now, bank),
    offset: ring(calendars),
    bit: i32.shl(i32.const(1), now),
    special: bytes === 1 ? special : i32.or(special, i32.gtU(inWord, i32.const(width))),
  };
}
