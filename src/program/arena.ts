import type { Lifetime } from './lifetimes.ts';

/** Where each of several lifetimes lies in one block of memory. */
export interface Arena {
  /** The first byte of each, by its name; a multiple of the alignment. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Bytes of the whole block. */
  readonly peak: number;
  /** No placement needs less: the most bytes that are alive at one step. */
  readonly lowerBound: number;
}

const meet = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last;

/**
 * Places lifetimes by first fit, the largest first: each takes the lowest aligned place that is free while it lives. Names must be unique;
 * equal sizes keep their order, so the same input gives the same places.
 */
export function placeFirstFit(lifetimes: readonly Lifetime[], alignment = 16): Arena {
  const placed: { readonly lifetime: Lifetime; readonly begin: number; readonly end: number }[] = [];
  const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  for (const lifetime of lifetimes.toSorted((a, b) => b.bytes - a.bytes)) {
    const taken = placed.filter((other) => meet(other.lifetime, lifetime)).sort((a, b) => a.begin - b.begin);
    let begin = 0;
    for (const other of taken) {
      if (begin + lifetime.bytes <= other.begin) break;
      begin = Math.max(begin, align(other.end));
    }
    placed.push({ lifetime, begin, end: begin + lifetime.bytes });
  }
  const begins = new Map(placed.map(({ lifetime, begin }) => [lifetime.name, begin]));
  return {
    offsets: new Map(lifetimes.map(({ name }) => [name, begins.get(name)!])),
    peak: Math.max(0, ...placed.map(({ end }) => end)),
    lowerBound: Math.max(0, ...bytesAlive(lifetimes)),
  };
}

/** How many bytes are alive at each step, padding not counted: what a chart of memory over time shows. */
export function bytesAlive(lifetimes: readonly Lifetime[]): number[] {
  const steps = 1 + Math.max(-1, ...lifetimes.map(({ last }) => last));
  const alive = Array.from({ length: steps }, () => 0);
  for (const { bytes, first, last } of lifetimes) for (let step = first; step <= last; step++) alive[step]! += bytes;
  return alive;
}
