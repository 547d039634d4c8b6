import { type Expr, get, i32, i64, select, words } from '../wasm/expression.ts';
import type { FunctionBuilder } from '../wasm/function.ts';
import type { Instruction } from '../wasm/translator/instruction.ts';
import { layout as areaLayout } from '../wasm/translator/layout.ts';
import type { EmittedTiming, TimingSite } from '../wasm/translator/timing.ts';
import { cacheFunctions, emittedCaches } from './emitted-caches.ts';
import { emittedPredictor, predictorFunctions } from './emitted-predictor.ts';
import { emittedSurplus } from './emitted-surplus.ts';
import { filterEntries } from './layout.ts';
import type { Pipeline } from './pipeline.ts';
import { isLink } from './predictor.ts';
import type { Run, Way } from './run.ts';
import { type Cause, causes } from './scoreboard.ts';

/** The run that an instruction belongs to, and its place there. */
interface Place {
  readonly run: Run;
  readonly index: number;
}

/**
 * A pipeline in translated code: schedules of runs are constants there; caches, branch prediction and operands of products and quotients are looked at as it
 * runs, on the same state in memory as the interpreter's model.
 */
export function pipelineEmission(pipeline: Pipeline): EmittedTiming {
  const { layout, declaration, core } = pipeline;
  const { caches } = declaration;
  const at = areaLayout.timing;
  const predictor = emittedPredictor(declaration.predictor, layout, at);
  const lineBits = Math.log2(caches.lineBytes);

  const placesOf = new WeakMap<readonly Instruction[], readonly Place[]>();
  const places = (list: readonly Instruction[]): readonly Place[] => {
    const known = placesOf.get(list);
    if (known !== undefined) return known;
    const found: Place[] = [];
    while (found.length < list.length) {
      const run = pipeline.runAt(list[found.length]!.pc);
      const length = Math.min(run.operations.length, list.length - found.length);
      for (let index = 0; index < length; index++) found.push({ run, index });
    }
    placesOf.set(list, found);
    return found;
  };

  /** Runs that no indirect jump leads to: their code was fetched on the way. */
  const direct = new WeakSet<readonly Instruction[]>();
  const fetch = (site: TimingSite, lines: readonly number[]): void => {
    for (const line of lines) {
      const known = i32.load(site.area(), at + layout.fetches + 4 * (line % filterEntries));
      site.builder.if(i32.ne(known, i32.const(line)), () => site.spend(site.call(cacheFunctions.fetch, i32.const(line))));
    }
  };
  const pass = (site: TimingSite, { cycles, lines }: Way): void => {
    if (cycles > 0) site.spend(i32.const(cycles));
    fetch(site, lines);
  };
  const count = ({ builder, area }: TimingSite, cause: Cause, cycles: Expr<'i64'>): void => {
    const place = at + layout.waits + 8 * causes.indexOf(cause);
    builder.store(area(), i64.add(i64.load(area(), place), cycles), place);
  };

  /** The local with what the operands of the last product or quotient add, in each function. */
  const surpluses = new WeakMap<FunctionBuilder, number>();
  const surplusOf = ({ builder }: TimingSite): number => {
    const local = surpluses.get(builder) ?? builder.local('i32');
    surpluses.set(builder, local);
    return local;
  };
  const collect = (site: TimingSite, passed: number | undefined): void => {
    if (passed === undefined) return;
    const surplus = () => get('i32', surplusOf(site));
    const beyond = select(i32.gtS(surplus(), i32.const(passed)), i32.sub(surplus(), i32.const(passed)), i32.const(0));
    const cycles = site.name(passed === 0 ? surplus() : beyond);
    site.spend(cycles);
    if (pipeline.countsWaits) count(site, 'multiplier', i64.extendU(cycles));
  };
  /** Whether a product or quotient is on its way before an instruction of a run. */
  const isOutstanding = ({ operations, issues }: Run, index: number): boolean => {
    const last = operations.slice(0, index).findLastIndex(({ multiplier }) => multiplier !== undefined);
    return last >= 0 && issues.slice(last + 1, index).every(({ collects }) => collects === undefined);
  };

  return {
    get conditions() {
      return JSON.stringify([declaration, pipeline.countsWaits]);
    },
    commands: true,

    runLength: (pc) => pipeline.runAt(pc).operations.length,
    functions: (index) => [
      ...emittedCaches({ at, layout, costs: caches }, index),
      ...predictorFunctions(declaration.predictor, layout, at, index),
    ],

    enter(_, list, isDirect) {
      if (isDirect) direct.add(list);
    },

    cycles(list, index) {
      const place = places(list)[index]!;
      return pipeline.cyclesOf(place.run, place.index);
    },

    issue(site, list, position) {
      const { run, index } = places(list)[position]!;
      const operation = run.operations[index]!;
      const isFetched = position === 0 ? direct.has(list) : !places(list)[position - 1]!.run.gives;
      if (index === 0 && !isFetched) fetch(site, pipeline.linesOf(run));
      collect(site, run.issues[index]!.collects);
      if (operation.multiplier !== undefined)
        site.builder.set(surplusOf(site), emittedSurplus(site, operation, declaration.multiplier, core.xlen));
      if (index < run.operations.length - 1) return;
      if (!run.turns) fetch(site, pipeline.way(run, run.end, false).lines);
      collect(site, run.settles);
      if (run.gives) site.builder.set(surplusOf(site), i32.const(0)); // a command that is refused is the interpreter's, and nothing is collected twice
      if (!pipeline.countsWaits) return;
      for (const cause of causes) if (run.waits[cause] > 0) count(site, cause, i64.const(run.waits[cause]));
    },

    access(site, _, { offset, store }) {
      const line = site.name(i32.shrU(offset, i32.const(lineBits)));
      const entry = i32.shl(i32.and(line, i32.const(filterEntries - 1)), i32.const(2));
      const filter = i32.load(i32.add(site.area(), entry), at + (store ? layout.stores : layout.loads));
      site.builder.if(i32.ne(filter, line), () => site.spend(site.call(cacheFunctions.data, line, i32.const(store ? 1 : 0))));
    },

    decide(site, list, position, decision) {
      const { run } = places(list)[position]!;
      const { pc, next, operands } = list[position]!;
      if (decision.kind === 'indirect') {
        const { target: word } = decision;
        const target = () => words(core.xlen).low(word);
        const calls = isLink(operands['rd']);
        if (!calls && isLink(operands['rs1'])) predictor.return(site, pc, target);
        else predictor.indirect(site, pc, target, calls ? next : undefined);
        pass(site, { cycles: run.drain, lines: [] });
      } else if (decision.kind === 'jump') {
        if (isLink(operands['rd'])) predictor.call(site, pc, next);
        else predictor.jump(site, pc);
        pass(site, pipeline.way(run, decision.target, true));
      } else {
        const away = ((pc + (operands['offset'] ?? 0)) | 0) !== (next | 0);
        const taken = decision.kind === 'taken' && away;
        if (away) (taken ? predictor.taken : predictor.notTaken)(site, pc);
        pass(site, pipeline.way(run, taken ? decision.target : next, taken));
      }
    },

    exit(site, list, count) {
      const before = places(list)[count - 1];
      if (before === undefined || before.index === before.run.operations.length - 1) return;
      site.builder.store(site.area(), i32.const(before.run.start), at + layout.run);
      if (isOutstanding(before.run, before.index + 1)) site.builder.store(site.area(), get('i32', surplusOf(site)), at + layout.surplus);
    },
  };
}
