import type { CacheDeclaration, CachesDeclaration } from '../../hardware/pipeline.ts';
import { call, type Expr, get, getGlobal, i32, i64 } from '../wasm/expression.ts';
import { FunctionBuilder } from '../wasm/function.ts';
import { filterEntries, type TimingLayout } from './layout.ts';

/** Where the caches lie: the offset of the model's state in a core's area, whose base is the module's first global. */
export interface PlacedCaches {
  readonly at: number;
  readonly layout: TimingLayout;
  readonly costs: CachesDeclaration;
}
/** The functions by their places: fetch (line) and data (line, store) -> cycles that the core waits. The others serve them. */
export const cacheFunctions = {
  fetch: 0,
  data: 1,
  shared: 2,
  drop: 3,
  findInstructions: 4,
  findData: 5,
  findShared: 6,
  replaceInstructions: 7,
  replaceData: 8,
  replaceShared: 9,
} as const;
type Name = keyof typeof cacheFunctions;

const [valid, dirty] = [1, 2];
const number = i32.const;
const keyOf = (line: Expr<'i32'>): Expr<'i32'> => i32.or(i32.shl(line, number(2)), number(valid));

/** The caches' misses in WebAssembly: what `Caches` does, on the same state. */
export function emittedCaches({ at, layout, costs }: PlacedCaches, index: (place: number) => number): readonly FunctionBuilder[] {
  const area = () => getGlobal(0);
  const invoke = (name: Name, ...operands: readonly Expr<'i32'>[]) => call('i32', index(cacheFunctions[name]), ...operands);
  const place = (offset: number): Expr<'i32'> => i32.add(area(), number(at + offset));
  const filterOf = (filter: number, line: Expr<'i32'>): Expr<'i32'> =>
    i32.add(place(filter), i32.shl(i32.and(line, number(filterEntries - 1)), number(2)));

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
    f.if(invoke('findInstructions', line()), () => {
      remember(f, layout.fetches, line);
      f.return(number(0));
    });
    const cycles = local(f, i32.add(number(costs.fetchMiss), invoke('shared', line(), number(0))));
    const old = local(f, invoke('replaceInstructions', line(), keyOf(line())));
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
    const found = local(f, invoke('findData', line()));
    const makeDirty = (tag: () => Expr<'i32'>, yes: Expr<'i32'>): void => f.store(tag(), i32.or(i32.load(tag()), i32.shl(yes, number(1))));
    f.if(found(), () => {
      makeDirty(found, store());
      know();
      f.return(number(0));
    });
    const below = local(f, invoke('shared', line(), store()));
    const old = local(f, invoke('replaceData', line(), i32.or(keyOf(line()), i32.shl(store(), number(1)))));
    const wasDirty = local(f, i32.and(i32.shrU(old(), number(1)), number(1)));
    f.if(i32.and(old(), number(valid)), () => {
      const victim = local(f, i32.shrU(old(), number(2)));
      forget(f, layout.loads, victim);
      forget(f, layout.stores, victim);
      f.if(wasDirty(), () => {
        const place = local(f, invoke('findShared', victim()));
        f.if(place(), () => makeDirty(place, number(1)));
        count(f, layout.writebacks, i64.const(1));
      });
    });
    const own = i32.add(number(costs.dataMiss), i32.mul(wasDirty(), number(costs.dirtyVictim)));
    const cycles = local(f, i32.add(below(), own));
    know();
    count(f, layout.dataMisses, i64.const(1));
    count(f, layout.dataCycles, i64.extendU(cycles()));
    f.return(cycles());
    return f;
  };

  const sharedFunction = (): FunctionBuilder => {
    const f = new FunctionBuilder(['i32', 'i32'], 'i32');
    f.if(invoke('findShared', line()), () => f.return(number(0)));
    const old = local(f, invoke('replaceShared', line(), keyOf(line())));
    const wasDirty = f.local('i32');
    f.if(i32.and(old(), number(valid)), () => {
      const victim = local(f, i32.shrU(old(), number(2)));
      for (const filter of [layout.loads, layout.stores]) forget(f, filter, victim);
      f.set(wasDirty, i32.or(invoke('drop', victim()), i32.and(i32.shrU(old(), number(1)), number(1))));
    });
    const { sharedMiss, memoryLatency, dirtySharedVictim } = costs;
    const more = i32.mul(i32.and(get('i32', wasDirty), i32.ne(store(), number(0))), number(dirtySharedVictim));
    f.return(i32.add(number(sharedMiss + memoryLatency), more));
    return f;
  };

  /** (line) -> whether it was in the data cache and dirty; it is not there any more. */
  const dropFunction = (): FunctionBuilder => {
    const f = new FunctionBuilder(['i32'], 'i32');
    const found = local(f, invoke('findData', line()));
    f.if(i32.eqz(found()), () => f.return(number(0)));
    const tag = local(f, i32.load(found()));
    f.store(found(), number(0));
    f.return(i32.and(i32.shrU(tag(), number(1)), number(1)));
    return f;
  };

  /** Where the tags of a line's set begin, from the area's base on. */
  const setOf = ({ sets, ways }: CacheDeclaration): Expr<'i32'> =>
    i32.add(area(), i32.mul(i32.and(line(), number(sets - 1)), number(4 * ways)));
  const tagIs = (set: () => Expr<'i32'>, offset: number, key: Expr<'i32'>): Expr<'i32'> =>
    i32.eq(i32.and(i32.load(set(), offset), number(~dirty)), key);

  /** (line) -> the place of its tag; 0 where there is none. */
  const findFunction = (tags: number, cache: CacheDeclaration): FunctionBuilder => {
    const f = new FunctionBuilder(['i32'], 'i32');
    const [set, key] = [local(f, setOf(cache)), local(f, keyOf(line()))];
    for (let way = 0; way < cache.ways; way++) {
      const offset = at + tags + 4 * way;
      f.if(tagIs(set, offset, key()), () => f.return(i32.add(set(), number(offset))));
    }
    f.return(number(0));
    return f;
  };

  /** (line, its tag) -> the tag that made room for it. */
  const replaceFunction = (tags: number, victims: number, cache: CacheDeclaration): FunctionBuilder => {
    const f = new FunctionBuilder(['i32', 'i32'], 'i32');
    const set = local(f, setOf(cache));
    const tag = (): Expr<'i32'> => get('i32', 1);
    const random = local(f, i32.load(area(), at + victims));
    const shifted = (by: number): Expr<'i32'> => i32.shrU(random(), number(by));
    const feedback = i32.and(i32.xor(i32.xor(shifted(15), shifted(13)), i32.xor(shifted(12), shifted(10))), number(1));
    f.store(area(), i32.or(i32.and(i32.shl(random(), number(1)), number(0xffff)), feedback), at + victims);
    const way = local(f, i32.add(set(), i32.shl(i32.and(random(), number(cache.ways - 1)), number(2))));
    const old = local(f, i32.load(way(), at + tags));
    f.store(way(), tag(), at + tags);
    f.return(old());
    return f;
  };

  const levels = [
    [layout.instructions, layout.victims, costs.instructions],
    [layout.data, layout.victims + 4, costs.data],
    [layout.shared, layout.victims + 8, costs.shared],
  ] as const;
  return [
    fetchFunction(),
    dataFunction(),
    sharedFunction(),
    dropFunction(),
    ...levels.map(([tags, , cache]) => findFunction(tags, cache)),
    ...levels.map(([tags, victims, cache]) => replaceFunction(tags, victims, cache)),
  ];
}
