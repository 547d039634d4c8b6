import type { CacheEvents } from './caches.ts';

/** What is counted, by name: lists of numbers of 64 bits. */
export type Counts = { readonly [name in keyof CacheEvents | 'waits' | 'mispredicted' | 'missedTargets']: ArrayLike<bigint> };
type Event = readonly [name: keyof Counts, index: number];

/** Rocket's own encoding (SiFive U54 Core Complex Manual, table of mhpmevent): bits 0 to 7 are the set, each bit from 8 on selects one event of it. */
const sets: { readonly [set: number]: { readonly [bit: number]: Event } } = {
  1: {
    8: ['waits', 0],
    11: ['fetchCycles', 0],
    12: ['dataCycles', 0],
    13: ['mispredicted', 0],
    14: ['missedTargets', 0],
    17: ['waits', 1],
    18: ['waits', 2],
  },
  2: { 8: ['fetchMisses', 0], 9: ['dataMisses', 0], 10: ['writebacks', 0] },
};

export const selectedEvents = (selector: bigint): readonly Event[] =>
  Object.entries(sets[Number(selector & 0xffn)] ?? {})
    .filter(([bit]) => (selector & (1n << BigInt(bit))) !== 0n)
    .map(([, event]) => event);
