import type { CacheDeclaration, CachesDeclaration } from '../../hardware/pipeline.ts';
import { call, type Expr, get, getGlobal, i32, i64, select } from '../wasm/expression.ts';
import { FunctionBuilder } from '../wasm/function.ts';
import { filterEntries, type TimingLayout } from './layout.ts';

/** Where the caches lie: the offset of the model's state in a core's area, whose base is the module's first global. */
export interface PlacedCaches {
  readonly at: number;
  readonly layout: TimingLayout;
  readonly costs: CachesDeclaration;
}
/** The functions by their places: fetch (line) and data (line, store) -> cycles that the core waits. The others serve them. */
export const cacheFunctions = { fetch: 0, data: 1, shared: 2, find: 3, replace: 4, drop: 5 } as const;
type Name = keyof typeof cacheFunctions;

const [valid, dirty] = [1, 2];
const number = i32.const;
const keyOf = (line: Expr<'i32'>): Expr<'i32'> => i32.or(i32.shl(line, number(2)), number(valid));

/** The caches' misses in WebAssembly: what `Caches` does, on the same state. */
export function emittedCaches({ at, layout, costs }: PlacedCaches, index: (place: number) => number): readonly FunctionBuilder[] {
  const area = () => getGlobal(0);
  const invoke = (name: Name, ...operands: readonly Expr<'i32'>[]) => call('i32', index(cacheFunctions[name]), ...operands);
  const place = (offset: number): Expr<'i32'> => i32.add(area(), number(at + offset));
  const waysOf = ({ ways }: CacheDeclaration): Expr<'i32'> => number(4 * ways);
  /** Where the tags of a line's set begin. */
  const setOf = (tags: number, { sets, ways }: CacheDeclaration, line: Expr<'i32'>): Expr<'i32'> =>
    i32.add(place(tags), i32.mul(i32.and(line, number(sets - 1)), number(4 * ways)));
  const filterOf = (filter: number, line: Expr<'i32'>): Expr<'i32'> =>
    i32.add(place(filter), i32.shl(i32.and(line, number(filterEntries - 1)), number(2)));
  const [instructions, data, shared] = [
    { tags: layout.instructions, victims: layout.victims, cache: costs.instructions },
    { tags: layout.data, victims: layout.victims + 4, cache: costs.data },
    { tags: layout.shared, victims: layout.victims + 8, cache: costs.shared },
  ];
  type Level = typeof data;
  const find = ({ tags, cache }: Level, line: () => Expr<'i32'>) =>
    invoke('find', setOf(tags, cache, line()), waysOf(cache), keyOf(line()));
  const replace = ({ tags, victims, cache }: Level, line: () => Expr<'i32'>, key: Expr<'i32'>) =>
    invoke('replace', setOf(tags, cache, line()), waysOf(cache), place(victims), number(cache.freeFirst ? 1 : 0), key);
  const drop = ({ tags, cache }: Level, line: () => Expr<'i32'>) =>
    invoke('drop', setOf(tags, cache, line()), waysOf(cache), keyOf(line()));

  const count = (f: FunctionBuilder, event: number, by: Expr<'i64'>): void =>
    f.store(area(), i64.add(i64.load(area(), at + event), by), at + event);
  const forget = (f: FunctionBuilder, filter: number, line: () => Expr<'i32'>): void => {
    const entry = f.name(filterOf(filter, line()));
    f.if(i32.eq(i32.load(entry), line()), () => f.store(entry, number(-1)));
  };
  const remember = (f: FunctionBuilder, filter: number, line: () => Expr<'i32'>): void => f.store(filterOf(filter, line()), line());
  const local = (f: FunctionBuilder, value: Expr<'i32'>): (() => Expr<'i32'>) => {
    const name = f.local('i32');
    f.set(name, value);
    return () => get('i32', name);
  };
  const line = (): Expr<'i32'> => get('i32', 0);
  const store = (): Expr<'i32'> => get('i32', 1);

  const fetchFunction = (): FunctionBuilder => {
    const f = new FunctionBuilder(['i32'], 'i32');
    f.if(find(instructions, line), () => {
      remember(f, layout.fetches, line);
      f.return(number(0));
    });
    const cycles = local(f, i32.add(number(costs.fetchMiss), invoke('shared', line(), number(0))));
    const old = local(f, replace(instructions, line, keyOf(line())));
    f.if(i32.and(old(), number(valid)), () => forget(f, layout.fetches, local(f, i32.shrU(old(), number(2)))));
    remember(f, layout.fetches, line);
    count(f, layout.fetchMisses, i64.const(1));
    count(f, layout.fetchCycles, i64.extendU(cycles()));
    f.return(cycles());
    return f;
  };

  const dataFunction = (): FunctionBuilder => {
    const f = new FunctionBuilder(['i32', 'i32'], 'i32');
    const know = (): void => {
      remember(f, layout.loads, line);
      f.if(store(), () => remember(f, layout.stores, line));
    };
    const found = local(f, find(data, line));
    const makeDirty = (tag: () => Expr<'i32'>, yes: Expr<'i32'>): void => f.store(tag(), i32.or(i32.load(tag()), i32.shl(yes, number(1))));
    f.if(found(), () => {
      makeDirty(found, store());
      know();
      f.return(number(0));
    });
    const below = local(f, invoke('shared', line(), store()));
    const old = local(f, replace(data, line, i32.or(keyOf(line()), i32.shl(store(), number(1)))));
    const wasDirty = local(f, i32.and(i32.shrU(old(), number(1)), number(1)));
    f.if(i32.and(old(), number(valid)), () => {
      const victim = local(f, i32.shrU(old(), number(2)));
      forget(f, layout.loads, victim);
      forget(f, layout.stores, victim);
      f.if(wasDirty(), () => {
        const place = local(f, find(shared, victim));
        f.if(place(), () => makeDirty(place, number(1)));
        count(f, layout.writebacks, i64.const(1));
      });
    });
    const ofLoad = i32.add(number(costs.loadMiss), i32.mul(wasDirty(), number(costs.dirtyVictim)));
    const cycles = local(f, i32.add(below(), select(store(), number(costs.storeMiss), ofLoad)));
    know();
    count(f, layout.dataMisses, i64.const(1));
    count(f, layout.dataCycles, i64.extendU(cycles()));
    f.return(cycles());
    return f;
  };

  const sharedFunction = (): FunctionBuilder => {
    const f = new FunctionBuilder(['i32', 'i32'], 'i32');
    f.if(find(shared, line), () => f.return(number(0)));
    const old = local(f, replace(shared, line, keyOf(line())));
    const wasDirty = f.local('i32');
    f.if(i32.and(old(), number(valid)), () => {
      const victim = local(f, i32.shrU(old(), number(2)));
      for (const filter of [layout.loads, layout.stores]) forget(f, filter, victim);
      f.set(wasDirty, i32.or(drop(data, victim), i32.and(i32.shrU(old(), number(1)), number(1))));
    });
    const { sharedMiss, memoryLatency, dirtySharedVictim } = costs;
    const more = i32.mul(i32.and(get('i32', wasDirty), i32.ne(store(), number(0))), number(dirtySharedVictim));
    f.return(i32.add(number(sharedMiss + memoryLatency), more));
    return f;
  };

  return [fetchFunction(), dataFunction(), sharedFunction(), findFunction(), replaceFunction(index), dropFunction(index)];
}

/** (tags of a set, their bytes, key) -> the place of the tag with this key, dirty or not; 0 where there is none. The key 0 finds a free way. */
function findFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32'], 'i32');
  const [at, bytes, key] = [0, 1, 2].map((place) => () => get('i32', place)) as [() => Expr<'i32'>, () => Expr<'i32'>, () => Expr<'i32'>];
  f.set(1, i32.add(at(), bytes()));
  f.loop((again) => {
    f.if(i32.eq(i32.and(i32.load(at()), number(~dirty)), key()), () => f.return(at()));
    f.set(0, i32.add(at(), number(4)));
    f.brIf(again, i32.ltU(at(), bytes()));
  });
  f.return(number(0));
  return f;
}

/** (tags of a set, their bytes, shift register, whether a free way comes first, tag) -> the tag that made room. */
function replaceFunction(index: (place: number) => number): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32'], 'i32');
  const parameter = (place: number): Expr<'i32'> => get('i32', place);
  const at = f.local('i32');
  const random = f.local('i32');
  const shifted = (by: number): Expr<'i32'> => i32.shrU(get('i32', random), number(by));
  f.if(parameter(3), () => f.set(at, call('i32', index(cacheFunctions.find), parameter(0), parameter(1), number(0))));
  f.if(i32.eqz(get('i32', at)), () => {
    f.set(random, i32.load(parameter(2)));
    const feedback = i32.and(i32.xor(i32.xor(shifted(0), shifted(2)), i32.xor(shifted(3), shifted(5))), number(1));
    f.store(parameter(2), i32.or(shifted(1), i32.shl(feedback, number(15))));
    f.set(at, i32.add(parameter(0), i32.and(i32.shl(get('i32', random), number(2)), i32.sub(parameter(1), number(4)))));
  });
  const old = f.name(i32.load(get('i32', at)));
  f.store(get('i32', at), parameter(4));
  f.return(old);
  return f;
}

/** (tags of a set, their bytes, key) -> whether the line was there and dirty; it is not there any more. */
function dropFunction(index: (place: number) => number): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32'], 'i32');
  const at = f.name(call('i32', index(cacheFunctions.find), get('i32', 0), get('i32', 1), get('i32', 2)));
  f.if(i32.eqz(at), () => f.return(number(0)));
  const tag = f.name(i32.load(at));
  f.store(at, number(0));
  f.return(i32.and(i32.shrU(tag, number(1)), number(1)));
  return f;
}
