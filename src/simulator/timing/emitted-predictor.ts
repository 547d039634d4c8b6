import type { PredictorDeclaration } from '../../hardware/pipeline.ts';
import { type Expr, i32, i64, select } from '../wasm/expression.ts';
import type { TimingSite } from '../wasm/translator/timing.ts';
import type { TimingLayout } from './layout.ts';
import { historyOf, siteOf } from './predictor.ts';

const number = i32.const;

/** Branch prediction in WebAssembly: what `Predictor` does, on the same state, from the offset `at` of a core's area on. */
export function emittedPredictor(costs: PredictorDeclaration, layout: TimingLayout, at: number) {
  const placeOf = (pc: number): number => at + layout.sites + 4 * siteOf(pc, costs);
  const count = ({ builder, area }: TimingSite, event: number): void =>
    builder.store(area(), i64.add(i64.load(area(), at + event), i64.const(1)), at + event);
  const spend = (site: TimingSite, cycles: number): void => {
    if (cycles > 0) site.spend(number(cycles));
  };

  const history = (site: TimingSite, pc: number): Expr<'i32'> => i32.load8U(site.area(), at + layout.histories + historyOf(pc, costs));
  const mispredicted = (site: TimingSite, pc: number, taken: boolean): void => {
    const { builder, area } = site;
    spend(site, costs.mispredicted);
    builder.store(area(), number(taken ? 1 : 0), at + layout.histories + historyOf(pc, costs), 1);
    builder.store(area(), number(taken ? pc : 0), placeOf(pc));
    count(site, layout.mispredicted);
  };

  /** Asks whether a site is known, and makes it so. */
  const seek = (site: TimingSite, pc: number, missed: number): void => {
    const { builder, area } = site;
    builder.if(i32.ne(i32.load(area(), placeOf(pc)), number(pc)), () => {
      spend(site, missed);
      builder.store(area(), number(pc), placeOf(pc));
    });
  };

  const push = (site: TimingSite, returnAddress: number): void => {
    const { builder, area } = site;
    const last = site.name(i32.load(area(), at + layout.lastReturn));
    const next = site.name(select(i32.eq(last, number(costs.returns - 1)), number(0), i32.add(last, number(1))));
    builder.store(area(), next, at + layout.lastReturn);
    builder.store(i32.add(area(), i32.shl(next, number(2))), number(returnAddress), at + layout.returns);
  };
  const missed = (site: TimingSite): void => {
    spend(site, costs.mispredicted);
    count(site, layout.missedTargets);
  };

  return {
    taken(site: TimingSite, pc: number): void {
      const { builder, area } = site;
      builder.if(i32.ne(i32.load(area(), placeOf(pc)), number(pc)), () =>
        builder.if(
          history(site, pc),
          () => {
            spend(site, costs.missedBranch);
            builder.store(area(), number(pc), placeOf(pc));
          },
          () => mispredicted(site, pc, true),
        ),
      );
    },

    notTaken: (site: TimingSite, pc: number): void => site.builder.if(history(site, pc), () => mispredicted(site, pc, false)),

    jump: (site: TimingSite, pc: number): void => seek(site, pc, costs.missedJump),

    call(site: TimingSite, pc: number, returnAddress: number): void {
      push(site, returnAddress);
      spend(site, costs.call);
      seek(site, pc, costs.missedCall);
    },

    return(site: TimingSite, pc: number, target: () => Expr<'i32'>): void {
      const { builder, area } = site;
      const last = site.name(i32.load(area(), at + layout.lastReturn));
      const predicted = i32.load(i32.add(area(), i32.shl(last, number(2))), at + layout.returns);
      const isKnown = i32.eq(i32.load(area(), placeOf(pc)), number(pc));
      const cycles = select(isKnown, number(costs.return), number(costs.return + costs.missedReturn));
      builder.if(
        i32.eq(predicted, target()),
        () => site.spend(cycles),
        () => {
          spend(site, costs.return);
          missed(site);
        },
      );
      builder.store(area(), number(pc), placeOf(pc));
      builder.store(area(), select(i32.eqz(last), number(costs.returns - 1), i32.sub(last, number(1))), at + layout.lastReturn);
    },

    indirect(site: TimingSite, pc: number, target: () => Expr<'i32'>, returnAddress: number | undefined): void {
      const { builder, area } = site;
      const place = at + layout.targets + 4 * siteOf(pc, costs);
      const isKnown = i32.eq(i32.load(area(), placeOf(pc)), number(pc));
      const isRight = i32.and(isKnown, i32.eq(i32.load(area(), place), target()));
      builder.if(i32.eqz(isRight), () => missed(site));
      builder.store(area(), number(pc), placeOf(pc));
      builder.store(area(), target(), place);
      if (returnAddress === undefined) return;
      push(site, returnAddress);
      spend(site, costs.call);
    },
  };
}
