import { describe, expect, it } from 'vitest';
import { gemmini } from '../../../src/hardware/gemmini.ts';
import { Hazards, type Use } from '../../../src/simulator/devices/gemmini/hazards.ts';
import { Places, Reservations } from '../../../src/simulator/devices/gemmini/reservations.ts';
import { random, sums } from './harness.ts';

describe('a calendar', () => {
  it('gives each request the first free cycle, and a stream as many in a row, as a list of cycles does', () => {
    const next = random(1);
    const below = (count: number): number => Math.floor(next() * count);
    const calendar = new Reservations();
    const taken = new Set<number>();
    const free = (from: number): number => {
      let at = Math.ceil(from);
      while (taken.has(at)) at++;
      return at;
    };
    const isFree = (from: number, count: number): boolean =>
      Array.from({ length: count }, (_, i) => from + i).every((at) => !taken.has(at));
    const take = (from: number, count: number): void => {
      for (let at = from; at < from + count; at++) taken.add(at);
    };
    for (let time = 2 ** 31 - 5000; time < 2 ** 31 + 5000; time += below(12)) {
      const cycle = time + below(40) + (next() < 0.2 ? 0.5 : 0);
      const count = 1 + below(32);
      const kind = below(5);
      if (kind === 0) {
        const at = free(cycle);
        expect(calendar.reserve(cycle)).toBe(at);
        take(at, 1);
      } else if (kind === 1) {
        const at = free(cycle);
        const isWhole = isFree(at, count);
        expect(calendar.reserveStream(cycle, count)).toBe(isWhole ? at : undefined);
        if (isWhole) take(at, count);
      } else if (kind === 2) {
        const at = Math.ceil(cycle);
        const isWhole = isFree(at, count);
        expect(calendar.reserveAll(at, count)).toBe(isWhole);
        if (isWhole) take(at, count);
      } else if (kind === 3) {
        let at = Math.ceil(cycle);
        while (!isFree(at, 8)) at++;
        expect(calendar.findRun(cycle, 8)).toBe(at);
        expect(calendar.reserveAll(at, 8)).toBe(true);
        take(at, 8);
      } else if (next() < 0.3) {
        calendar.take(cycle, count);
        take(Math.ceil(cycle), count);
      }
    }
  });
});

describe('places', () => {
  it('are never more than there are, and each request has one as soon as it can, whenever it comes', () => {
    const next = random(5);
    const below = (count: number): number => Math.floor(next() * count);
    for (const [count, cycles] of [
      [1, 7],
      [3, 20],
      [10, 56],
    ] as const) {
      const places = new Places(count);
      const taken = new Map<number, number>();
      const isFree = (from: number): boolean =>
        Array.from({ length: cycles }, (_, i) => from + i).every((at) => (taken.get(at) ?? 0) < count);
      for (let [requests, time] = [0, 0]; requests < 1500; requests++) {
        time += below((2.2 * cycles) / count);
        const cycle = time + below(600) + (next() < 0.2 ? 0.5 : 0);
        let at = Math.ceil(cycle);
        while (!isFree(at)) at++;
        expect(places.find(cycle, cycles)).toBe(at);
        if (next() < 0.9) {
          places.take(at);
          for (let i = 0; i < cycles; i++) taken.set(at + i, (taken.get(at + i) ?? 0) + 1);
        }
      }
    }
  });
});

describe('hazards', () => {
  it('know of whole tiles and of parts what they know row by row', () => {
    const next = random(2);
    const below = (count: number): number => Math.floor(next() * count);
    const hazards = new Hazards(gemmini);
    const ends = new Map<string, number>();
    for (let time = 0; time < 4000; time++) {
      const isSum = next() < 0.5;
      const first = next() < 0.6 ? 16 * below(6) : below(100);
      const local = isSum ? sums(first) : first;
      const [rows, blocks, stride] = [next() < 0.5 ? 16 : 1 + below(40), 1 + below(3), [16, 8, 48][below(3)]!];
      const use = below(4) as Use;
      const other = below(4) as Use;
      const keys = (of: Use): string[] =>
        Array.from({ length: rows * blocks }, (_, i) => `${isSum} ${of} ${first + Math.floor(i / rows) * stride + (i % rows)}`);
      if (next() < 0.5) {
        const end = time + below(60);
        hazards.use(use, local, rows, end, blocks, stride);
        for (const key of keys(use)) ends.set(key, Math.max(end, ends.get(key) ?? 0));
      } else {
        const expected = Math.max(0, ...[...keys(use), ...keys(other)].map((key) => ends.get(key) ?? 0));
        expect(hazards.after(use, other, local, rows, blocks, stride)).toBe(expected);
      }
    }
  });
});
