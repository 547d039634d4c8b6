import type { Image } from './image.ts';
import type { Strategy } from './units.ts';

/** What a run has found out about its program. */
export interface Seen {
  /** The regions that it began with. */
  readonly adopted: ReadonlySet<number>;
  /** Places that would have deserved a region. */
  readonly missed: readonly number[];
  /** Places at which a region was left for the interpreter. */
  readonly left: Iterable<number>;
  /** The start of the function that an address is in, where symbols tell. */
  functionOf(pc: number): number | undefined;
}

/** So many times fewer regions than there were before are not worth another translation. */
const negligible = 8;
/** Instructions of one function that are looked at. */
const longest = 6000;

/**
 * What the next run begins with. Functions from their first instruction, each once: what was translated in a run that began with the interpreter begins in the
 * middle of them, and some of it again elsewhere. Of functions that the interpreter has to do a part of, and of those that were translated all the time, also the
 * places at which translated code goes on. Where little is new it is added as it is; undefined where next to nothing is.
 */
export function forNextRun(image: Image, { adopted, missed, left, functionOf }: Seen): Image | undefined {
  const { entries } = image;
  const found = [...entries, ...missed.filter((pc) => image.canBegin(pc))];
  if (found.length - adopted.size <= adopted.size / negligible) return entries.length > adopted.size ? image : undefined;
  const startOf = (pc: number): number => {
    const start = functionOf(pc) ?? pc;
    return image.canBegin(start) ? start : pc;
  };
  const functions = new Set(found.map(startOf));
  const interpreted = [...left, ...[...functions].flatMap((start) => interpretedIn(image, start, functionOf))];
  const isInterpreted = new Set(interpreted.map(startOf));
  const behind = interpreted.flatMap((pc) => [pc, image.instruction(pc)?.next ?? pc]).filter((pc) => image.canBegin(pc));
  const places = found.filter((pc) => !functions.has(pc) && adopted.has(startOf(pc)));
  const next = image.empty(functions);
  const add = (from: readonly number[], deserves: (pc: number) => boolean, strategy?: Strategy): void => {
    for (let before = -1; next.entries.length > before; next.translate(from, deserves, strategy)) before = next.entries.length;
  };
  add([...functions], (pc) => functions.has(startOf(pc)));
  add([...places, ...behind], (pc) => isInterpreted.has(startOf(pc)), 'block');
  return next;
}

/** The instructions of a function that are the interpreter's. */
function interpretedIn(image: Image, start: number, functionOf: Seen['functionOf']): number[] {
  const found: number[] = [];
  for (let pc = start, count = 0; functionOf(pc) === start && count < longest; count++) {
    const instruction = image.instruction(pc);
    if (instruction !== undefined && !image.canBegin(pc)) found.push(pc);
    pc = instruction?.next ?? pc + 2;
  }
  return found;
}
