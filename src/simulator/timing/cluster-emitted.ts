import type { ClusterCoreDeclaration } from '../../hardware/cluster-core.ts';
import type { Interleave } from '../contention/arbiter.ts';
import { bankBit, bankFunction, firstCycle, type PlacedCalendars, reserveFunction, reserveRowFunction } from '../contention/emitted.ts';
import { type Expr, get, i32, select } from '../wasm/expression.ts';
import type { FunctionBuilder } from '../wasm/function.ts';
import type { Instruction } from '../wasm/translator/instruction.ts';
import { layout } from '../wasm/translator/layout.ts';
import type { EmittedTiming, TimingSite } from '../wasm/translator/timing.ts';
import { type ClusterOperation, clusterOperation } from './cluster-operation.ts';

export interface ClusterEmissionOptions {
  readonly declaration: ClusterCoreDeclaration;
  /** The banks of the main memory, and the calendars of all that cores share. */
  readonly banks: (Interleave & { readonly calendars: PlacedCalendars }) | undefined;
  readonly floatUnits: PlacedCalendars;
  readonly dividers: PlacedCalendars;
}

const accesses: ReadonlySet<string> = new Set(['load', 'store', 'atomic', 'float-load', 'float-store']);
/** The places of the model's functions. */
const functions = { floatUnit: 0, divider: 1, bank: 2, access: 3 } as const;

/**
 * The cycle model of a cluster's core in translated code: what the code tells is counted there; banks, float units, divisors and what the instruction before the
 * first one left behind are looked at as it runs. The word `late` begins the model's part of the core's area.
 */
export function clusterEmission({ declaration, banks, floatUnits, dividers }: ClusterEmissionOptions): EmittedTiming {
  const late = layout.timing;
  const operations = new WeakMap<Instruction, ClusterOperation>();
  const operationOf = (instruction: Instruction): ClusterOperation => {
    const operation = operations.get(instruction) ?? clusterOperation(instruction, declaration);
    operations.set(instruction, operation);
    return operation;
  };
  /** Cycles that an instruction waits for the one before it. */
  const stall = (run: readonly Instruction[], index: number): number =>
    index > 0 && (operationOf(run[index - 1]!).late & operationOf(run[index]!).sources) !== 0 ? 1 : 0;
  /** Of the instruction at hand. */
  let stalled = 0;
  /** What does not change while translated code runs is in locals for as long as a run. */
  const locals = new WeakMap<FunctionBuilder, { readonly deadline: number; readonly from: number }>();
  const localsOf = ({ builder }: TimingSite) => {
    const known = locals.get(builder) ?? { deadline: builder.local('i32'), from: builder.local('i32') };
    locals.set(builder, known);
    return known;
  };
  const now = (site: TimingSite): Expr<'i32'> =>
    i32.add(i32.sub(get('i32', localsOf(site).deadline), site.cyclesLeft()), i32.const(stalled));
  const unit = (site: TimingSite, { resources }: PlacedCalendars): Expr<'i32'> =>
    i32.remU(i32.shrU(site.area(), i32.const(Math.log2(layout.area))), i32.const(resources));

  return {
    functions: (index) => [
      reserveFunction(floatUnits),
      reserveRowFunction(dividers, declaration.floats.divide),
      ...(banks ? [reserveFunction(banks.calendars), bankFunction(banks, index(functions.bank))] : []),
    ],

    cycles: (run, index) => operationOf(run[index]!).cycles + stall(run, index),

    enter(site, run) {
      const asks = run.some((instruction) => operationOf(instruction).unit !== undefined || accesses.has(instruction.row.cycles));
      if (!asks) return;
      const { deadline, from } = localsOf(site);
      site.builder.set(deadline, i32.load(site.area(), layout.deadline));
      if (banks) site.builder.set(from, firstCycle(banks.calendars));
    },

    issue(site, run, index) {
      const operation = operationOf(run[index]!);
      const { sources, division } = operation;
      stalled = stall(run, index);
      if (index === 0 && sources !== 0) site.spend(i32.ne(i32.and(i32.load(site.area(), late), i32.const(sources)), i32.const(0)));
      if (division) site.spend(divisionSurplus(site, run[index]!.operands['rs2'] ?? 0, division, declaration));
      if (operation.unit === 'float') site.spend(site.call(functions.floatUnit, now(site), unit(site, floatUnits)));
      if (operation.unit === 'divider') site.spend(site.call(functions.divider, now(site), unit(site, dividers)));
    },

    access(site, _, { offset, bytes }) {
      if (banks === undefined) return;
      const { builder } = site;
      const cycle = site.name(now(site));
      const { place, bit, special, offset: ring } = bankBit(banks, banks.calendars, get('i32', localsOf(site).from), cycle, offset, bytes);
      const [at, mine] = [site.name(place), site.name(bit)];
      const taken = site.name(i32.load(at, ring));
      builder.if(
        i32.or(special, i32.and(taken, mine)),
        () => site.spend(site.call(functions.access, cycle, offset, i32.const(bytes))),
        () => builder.store(at, i32.or(taken, mine), ring),
      );
    },

    decide(site, run, index, decision) {
      if (decision.kind === 'taken' && decision.target !== run[index]!.next) site.spend(i32.const(declaration.takenBranch - 1));
    },

    exit(site, run, count) {
      if (count > 0) site.builder.store(site.area(), i32.const(operationOf(run[count - 1]!).late), late);
    },
  };
}

/** What a divisor adds to the one cycle of its instruction. */
function divisionSurplus(
  site: TimingSite,
  register: number,
  kind: 'signed' | 'unsigned',
  { division: { positive, negative, byZero } }: ClusterCoreDeclaration,
): Expr<'i32'> {
  const divisor = site.name(lowOf(site, register));
  const plain = i32.add(i32.clz(divisor), i32.const(positive - 1));
  const ofNegative = i32.add(i32.clz(i32.sub(i32.const(0), divisor)), i32.const(negative - 1));
  const signed = kind === 'signed' ? select(i32.ltS(divisor, i32.const(0)), ofNegative, plain) : plain;
  return select(i32.eqz(divisor), i32.const(byZero - 1), signed);
}

/** The low word of an x register. */
function lowOf({ builder, word }: TimingSite, register: number): Expr<'i32'> {
  const { write } = word(register);
  return builder.word === 'i64' ? i32.wrap({ type: 'i64', write }) : { type: 'i32', write };
}
