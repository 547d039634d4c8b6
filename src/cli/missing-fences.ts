import { describeStack, type Fault } from '../simulator/fault.ts';
import { plural } from '../verify/units.ts';

/** An instruction whose access misses a fence: the first time, and how often. */
export interface MissingFencesHere {
  readonly fault: Fault;
  times: number;
}

/** Gathers the accesses that miss a fence by their instructions, and tells of each one once, when it happens. */
export function gatherMissingFences(tell: (text: string) => void) {
  const places = new Map<string, MissingFencesHere>();
  return {
    places: (): readonly MissingFencesHere[] => [...places.values()],
    add: (fault: Fault): void => {
      const place = `${fault.core ?? 0} ${fault.stack[0]?.address}`;
      const before = places.get(place);
      if (before) before.times++;
      else {
        places.set(place, { fault, times: 1 });
        tell(describeStack(fault));
      }
    },
  };
}

/** A line for the end of a run; none where no fence was missed. */
export function summariseMissingFences(places: readonly MissingFencesHere[]): string {
  const times = places.reduce((sum, place) => sum + place.times, 0);
  return times === 0 ? '' : `${plural(times, 'access', 'accesses')} without a fence, by ${plural(places.length, 'instruction')}\n`;
}
