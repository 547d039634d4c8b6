import { elements, type Tensor } from '../../../numeric/tensor.ts';
import { knownOf } from '../../../program/known.ts';
import type { Known } from '../../../program/operator.ts';
import type { Site } from '../../kernel.ts';
import { type Portable, type PortableCall, type PortableSegment, withoutCopies } from '../../portable.ts';

/** What a fusion may know of the pipe in which its calls stand. */
export interface Surroundings {
  readonly site: Site;
  /** What is proved of an operand or a result: a value of the Program by its name, what flows inside the pipe by the number of its stage. */
  known(value: string | number): Known;
}

/** One C function in place of several calls that follow each other in a pipe, or a better one in place of one: the same integers in one pass. */
export interface Fusion {
  readonly name: string;
  /** What takes the first call, and perhaps some behind it; undefined where this fusion has nothing for it. Never an error. */
  fuse(calls: readonly PortableCall[], surroundings: Surroundings): Fused | undefined;
  /** What it makes of several segments together, before any call is fused. Absent where it looks at calls alone. */
  join?(segments: readonly PortableSegment[], surroundings: Surroundings): Joined;
}

export interface Joined {
  readonly segments: readonly PortableSegment[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

export interface Fused {
  /** How many calls it takes, at least one. */
  readonly taken: number;
  /** Their replacement: its operands are in its own order, its result is that of the last call taken. */
  readonly call: PortableCall;
  /** The same for so many parts, one behind the other, in one call: taken where a segment has no other. */
  readonly ofParts?: (parts: number) => PortableCall;
  /** What it reads beside the Program's constants, by names that no other step gives. */
  readonly constants?: ReadonlyMap<string, Tensor>;
}

/** What is proved of each stage's result. */
export function knownStages({ step, operators, known }: Site): Known[] {
  const values = known();
  const stages: Known[] = [];
  for (const { operator: name, operands: names, attributes } of step.stages) {
    const operator = operators.get(name)!;
    const operands = [...stages.slice(-1), ...names.map((operand) => values.get(operand)!)];
    stages.push(knownOf(operator, attributes, operands));
  }
  return stages;
}

export interface FusedPipe {
  readonly pipe: Portable;
  readonly constants: ReadonlyMap<string, Tensor>;
}

/**
 * The pipe with every call that a fusion takes replaced, the first fusion that does. `taken` is how many of the step's stages stage 0 of the
 * pipe stands for.
 */
export function fusePipe(pipe: Portable, fusions: readonly Fusion[], site: Site, taken: number): FusedPipe {
  const constants = new Map<string, Tensor>();
  let stages: readonly Known[] | undefined;
  const known = (value: string | number): Known => {
    if (typeof value === 'string') return site.known().get(value)!;
    stages ??= knownStages(site);
    return stages[value + taken - 1]!;
  };

  const joined = fusions.reduce((before: readonly PortableSegment[], { join }) => {
    const { segments, constants: made } = join?.(before, { site, known }) ?? { segments: before, constants: [] };
    for (const [name, tensor] of made) constants.set(name, tensor);
    return segments;
  }, pipe.segments);
  const segments = joined.map(({ parts, calls }) => {
    const replaced: PortableCall[] = [];
    let all: Fused['ofParts'];
    for (let rest = calls; rest.length > 0; ) {
      const fused = firstOf(fusions, (fusion) => fusion.fuse(rest, { site, known }));
      replaced.push(fused?.call ?? rest[0]!);
      all = fused?.taken === calls.length ? fused.ofParts : undefined;
      for (const [name, tensor] of fused?.constants ?? []) constants.set(name, tensor);
      rest = rest.slice(fused?.taken ?? 1);
    }
    return all ? { parts: 1, calls: [all(parts)] } : { parts, calls: replaced };
  });
  const fused = withoutCopies({ ...pipe, segments });
  const count = fused.segments.flatMap(({ parts, calls }) =>
    calls.map(({ result, share = 1 }) => share * parts * elements(result.type.shape)),
  );
  const over = overwritten(fused.segments, site);
  return { pipe: { ...fused, elements: count.reduce((sum, size) => sum + size, 0), ...(over !== undefined && { over }) }, constants };
}

/** The operand of the last call over which it may write the step's result. */
function overwritten(segments: readonly PortableSegment[], { step, types }: Site): string | undefined {
  const call = segments.at(-1)!.calls.at(-1)!;
  const name = call.over === undefined ? undefined : call.operands[call.over]!.value;
  if (typeof name !== 'string' || call.result.value !== step.name || types.get(name)!.dtype !== step.type.dtype) return undefined;
  const readers = step.stages.flatMap(({ operands }) => operands).filter((operand) => operand === name);
  return readers.length === 1 ? name : undefined;
}

function firstOf<T, R>(values: readonly T[], map: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const result = map(value);
    if (result !== undefined) return result;
  }
  return undefined;
}
