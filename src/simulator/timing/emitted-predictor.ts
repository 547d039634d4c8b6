import type { PredictorDeclaration } from '../../hardware/pipeline.ts';
import { call, type Expr, get, getGlobal, i32, i64, select } from '../wasm/expression.ts';
import { FunctionBuilder } from '../wasm/function.ts';
import type { TimingSite } from '../wasm/translator/timing.ts';
import { cacheFunctions } from './emitted-caches.ts';
import type { TimingLayout } from './layout.ts';
import { historyOf, siteOf } from './predictor.ts';

const number = i32.const;

/**
 * The functions by their places behind those of the caches: what a change of control costs that is not as predicted, and all of what calls, returns and other
 * jumps through registers cost. `site` and `history` are where the entries of the address `pc` lie, counted from the core's area.
 */
const names = ['taken', 'notTaken', 'seek', 'call', 'return', 'indirect'] as const;
const firstPlace = Object.keys(cacheFunctions).length;
const placeOf = (name: (typeof names)[number]): number => firstPlace + names.indexOf(name);

/** Branch prediction in WebAssembly: what `Predictor` does, on the same state, from the offset `at` of a core's area on. */
export function emittedPredictor(costs: PredictorDeclaration, layout: TimingLayout, at: number) {
  const sitePlace = (pc: number): number => at + layout.sites + 4 * siteOf(pc, costs);
  const targetPlace = (pc: number): number => at + layout.targets + 4 * siteOf(pc, costs);
  const historyPlace = (pc: number): number => at + layout.histories + historyOf(pc, costs);
  const isKnown = (site: TimingSite, pc: number): Expr<'i32'> => i32.eq(i32.load(site.area(), sitePlace(pc)), number(pc));
  const spend = (site: TimingSite, name: (typeof names)[number], ...operands: readonly Expr<'i32'>[]): void =>
    site.spend(site.call(placeOf(name), ...operands));

  return {
    taken: (site: TimingSite, pc: number): void =>
      site.builder.if(i32.eqz(isKnown(site, pc)), () => spend(site, 'taken', number(pc), number(sitePlace(pc)), number(historyPlace(pc)))),

    notTaken: (site: TimingSite, pc: number): void =>
      site.builder.if(i32.load8U(site.area(), historyPlace(pc)), () =>
        spend(site, 'notTaken', number(sitePlace(pc)), number(historyPlace(pc))),
      ),

    jump: (site: TimingSite, pc: number): void =>
      site.builder.if(i32.eqz(isKnown(site, pc)), () => spend(site, 'seek', number(pc), number(sitePlace(pc)), number(costs.missedJump))),

    call: (site: TimingSite, pc: number, returnAddress: number): void =>
      spend(site, 'call', number(pc), number(sitePlace(pc)), number(returnAddress)),

    return: (site: TimingSite, pc: number, target: () => Expr<'i32'>): void =>
      spend(site, 'return', number(pc), number(sitePlace(pc)), target()),

    /** No return address is 0. */
    indirect: (site: TimingSite, pc: number, target: () => Expr<'i32'>, returnAddress: number | undefined): void =>
      spend(site, 'indirect', number(pc), number(sitePlace(pc)), number(targetPlace(pc)), target(), number(returnAddress ?? 0)),
  };
}

/** The functions that the code above calls, to be placed behind those of the caches. */
export function predictorFunctions(
  costs: PredictorDeclaration,
  layout: TimingLayout,
  at: number,
  index: (place: number) => number,
): readonly FunctionBuilder[] {
  const area = () => getGlobal(0);
  const parameter = (place: number): Expr<'i32'> => get('i32', place);
  const entry = (place: number): Expr<'i32'> => i32.add(area(), parameter(place));
  const write = (parameters: number, body: (f: FunctionBuilder) => void): FunctionBuilder => {
    const f = new FunctionBuilder(
      Array.from({ length: parameters }, () => 'i32' as const),
      'i32',
    );
    body(f);
    f.unreachable();
    return f;
  };
  const count = (f: FunctionBuilder, event: number): void =>
    f.store(area(), i64.add(i64.load(area(), at + event), i64.const(1)), at + event);
  const local = (f: FunctionBuilder, value: Expr<'i32'>): (() => Expr<'i32'>) => {
    const name = f.local('i32');
    f.set(name, value);
    return () => get('i32', name);
  };
  const push = (f: FunctionBuilder, returnAddress: Expr<'i32'>): void => {
    const last = local(f, i32.load(area(), at + layout.lastReturn));
    const next = local(f, select(i32.eq(last(), number(costs.returns - 1)), number(0), i32.add(last(), number(1))));
    f.store(area(), next(), at + layout.lastReturn);
    f.store(i32.add(area(), i32.shl(next(), number(2))), returnAddress, at + layout.returns);
  };
  const [pc, site, third] = [0, 1, 2];

  return [
    write(3, (f) => {
      f.store(entry(site), parameter(pc));
      f.if(i32.load8U(entry(third)), () => f.return(number(costs.missedBranch)));
      f.store(entry(third), number(1), 0, 1);
      count(f, layout.mispredicted);
      f.return(number(costs.mispredicted));
    }),
    write(2, (f) => {
      f.store(entry(0), number(0));
      f.store(entry(1), number(0), 0, 1);
      count(f, layout.mispredicted);
      f.return(number(costs.mispredicted));
    }),
    write(3, (f) => {
      f.if(i32.eq(i32.load(entry(site)), parameter(pc)), () => f.return(number(0)));
      f.store(entry(site), parameter(pc));
      f.return(parameter(third));
    }),
    write(3, (f) => {
      push(f, parameter(third));
      const missed = call('i32', index(placeOf('seek')), parameter(pc), parameter(site), number(costs.missedCall));
      f.return(i32.add(number(costs.call), missed));
    }),
    write(3, (f) => {
      const last = local(f, i32.load(area(), at + layout.lastReturn));
      const predicted = i32.load(i32.add(area(), i32.shl(last(), number(2))), at + layout.returns);
      const known = local(f, i32.eq(i32.load(entry(site)), parameter(pc)));
      const right = local(f, i32.eq(predicted, parameter(third)));
      f.store(entry(site), parameter(pc));
      f.store(area(), select(i32.eqz(last()), number(costs.returns - 1), i32.sub(last(), number(1))), at + layout.lastReturn);
      f.if(right(), () => f.return(select(known(), number(costs.return), number(costs.return + costs.missedReturn))));
      count(f, layout.missedTargets);
      f.return(number(costs.return + costs.mispredicted));
    }),
    write(5, (f) => {
      const [targets, target, returnAddress] = [2, 3, 4];
      const known = i32.eq(i32.load(entry(site)), parameter(pc));
      const right = i32.and(known, i32.eq(i32.load(entry(targets)), parameter(target)));
      const wrong = local(f, i32.eqz(right));
      const cycles = local(f, select(wrong(), number(costs.mispredicted), number(0)));
      f.if(wrong(), () => count(f, layout.missedTargets));
      f.store(entry(site), parameter(pc));
      f.store(entry(targets), parameter(target));
      f.if(parameter(returnAddress), () => {
        push(f, parameter(returnAddress));
        f.return(i32.add(cycles(), number(costs.call)));
      });
      f.return(cycles());
    }),
  ];
}
