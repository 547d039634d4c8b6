import { type Code, c } from '../c.ts';
import { type Lead, type Portable, withinPipe } from '../portable.ts';

/** Bytes of a line of the cache. */
export const line = 64;

export const aligned = (bytes: number): number => Math.ceil(bytes / line) * line;

/** Where memory lies for a step whose first results are made as a whole: offsets in its scratch memory. */
export interface Behind {
  readonly scratch: number;
  /** Each of what is needed while they are made. */
  readonly own: readonly number[];
  /** All of them; undefined where they lie where the step's result does. */
  readonly results: number | undefined;
}

/** Places for so many bytes of results and for stretches that are needed while they are made, behind the scratch memory of what follows. */
export function placesBehind(rest: Portable | undefined, results: number, needed: readonly number[]): Behind {
  let behind = aligned(rest?.scratch ?? 0);
  const own = needed.map((bytes) => {
    const offset = behind;
    behind += aligned(bytes);
    return offset;
  });
  if (rest === undefined) return { scratch: behind, own, results: undefined };
  const [first] = rest.segments;
  const { value } = first!.calls[0]!.result;
  if (first!.parts === 1) return { scratch: behind, own, results: rest.places.get(String(value)) };
  if (rest.segments.length === 1 && first!.calls.slice(1).every(({ inPlace }) => inPlace))
    return { scratch: behind, own, results: undefined };
  return { scratch: behind + aligned(results), own, results: behind };
}

/** What computes the result of a call of a step whose first calls the array takes; undefined where the core finds it in memory. */
export const withinArray = (rest: Portable | undefined, stage: number): string | undefined =>
  rest === undefined || stage < rest.before ? "the array's accumulator" : withinPipe(rest, stage);

/** The first segment of what follows finds its parts one behind the other at `address`, so many elements in all. */
export function leadFrom(rest: Portable, address: Code, count: number): Lead | undefined {
  const { parts } = rest.segments[0]!;
  if (parts === 1) return undefined;
  return {
    made: new Map([[0, `${address} + part * ${count / parts}`]]),
    loop: (all, statements) => c`
      for (int32_t part = 0; part < ${all}; part++) {
        ${statements}
      }`,
  };
}
