import { describe, expect, test } from 'vitest';
import { bankArbiter } from '../../../src/simulator/contention/arbiter.ts';
import { Calendars, calendarLayout, horizon } from '../../../src/simulator/contention/calendar.ts';
import { bankFunction, reserveFunction, reserveRowFunction } from '../../../src/simulator/contention/emitted.ts';
import { ModuleBuilder } from '../../../src/simulator/wasm/module.ts';
import { generator, runRandomCluster } from './random-cluster.ts';

test.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
  'eight cores on random code %i: the engines agree in all registers and cycles',
  (seed) => {
    const { interpreted, translated } = runRandomCluster(seed);
    expect(interpreted.outcome.reason).toBe('waiting');
    expect(translated).toEqual([interpreted, interpreted]);
  },
);

describe('calendars in translated code', () => {
  test('reserve what the readable ones reserve', () => {
    const next = generator(7);
    const memory = new WebAssembly.Memory({ initial: 2 });
    const interleave = { banks: 8, bytes: 4 };
    const words = calendarLayout.words(8);
    const places = [0, 1, 2].map((i) => ({ resources: 8, at: 4 * words * i }));
    const ours = places.map(({ at }) => new Calendars(8, new Int32Array(memory.buffer, at, words)));
    const plain = [0, 1, 2].map(() => new Calendars(8));
    const module = new ModuleBuilder();
    module.importMemory('core', 'memory');
    const functions = [
      reserveFunction(places[0]!),
      reserveRowFunction(places[1]!, 14),
      reserveFunction(places[2]!),
      bankFunction(interleave, 2),
    ];
    functions.forEach((each, i) => {
      module.export(`f${i}`, module.add(each, ['i32']));
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { core: { memory } });
    const call = (i: number, ...operands: number[]): number => (exports[`f${i}`] as (...operands: number[]) => number)(...operands);
    const banks = bankArbiter(interleave, plain[2]);
    for (let from = 0, step = 0; step < 4000; step++) {
      if (next(40) === 0) {
        from += next(300);
        for (const each of [...ours, ...plain]) each.forget(from);
      }
      const cycle = from + next(next(20) === 0 ? horizon + 100 : 200);
      const [resource, bytes] = [next(8), [1, 2, 4][next(3)]!];
      const address = next(64);
      expect(cycle + call(0, cycle, resource)).toBe(plain[0]!.reserve(resource, cycle));
      expect(cycle + call(1, cycle, resource)).toBe(plain[1]!.reserve(resource, cycle, 14));
      expect(cycle + call(3, cycle, address, bytes)).toBe(banks(cycle, address, bytes, 0));
    }
  });
});
