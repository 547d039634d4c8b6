import type { ClusterCoreDeclaration } from '../../hardware/cluster-core.ts';
import { type CycleModelName, cycleModels } from '../../hardware/cycle-models.ts';
import type { MemoryDeclaration } from '../../hardware/machine.ts';
import type { PipelineDeclaration } from '../../hardware/pipeline.ts';
import { bankArbiter, unitArbiter } from '../contention/arbiter.ts';
import { Calendars, calendarLayout } from '../contention/calendar.ts';
import { ClusterTiming, type Shared } from '../timing/cluster.ts';
import { Pipeline } from '../timing/pipeline.ts';
import { layout } from '../wasm/translator/layout.ts';
import type { Hart } from './hart.ts';

/** A cycle model: one by its name, or the data of one. */
export type CycleModel = CycleModelName | PipelineDeclaration | ClusterCoreDeclaration;

/** What the cores of one machine share of their cycle models. It lies in the first core's area, behind what its own model has there. */
export interface SharedTiming extends Shared {
  /** Nothing happens before this cycle any more. */
  forget(cycle: number): void;
}
const sharedState = layout.timing + 0x4_0000;

/** `float` is the data of the cores' float units. */
export function shareTiming(memory: WebAssembly.Memory, main: MemoryDeclaration, floats: ClusterCoreDeclaration['floats']): SharedTiming {
  let end = sharedState;
  const calendars: Calendars[] = [];
  const make = (resources: number): Calendars => {
    const made = new Calendars(resources, new Int32Array(memory.buffer, end, calendarLayout.words(resources)));
    end += 4 * calendarLayout.words(resources);
    calendars.push(made);
    return made;
  };
  const { banks, interleave = 4 } = main;
  return {
    banks: banks === undefined ? undefined : bankArbiter({ banks, bytes: interleave }, make(banks)),
    floatUnits: unitArbiter(floats.units, 1, make(floats.units)),
    dividers: unitArbiter(floats.dividers, floats.divide, make(floats.dividers)),
    forget: (cycle) => {
      for (const each of calendars) each.forget(cycle);
    },
  };
}

/** What counts a core's cycles: nothing, if every instruction takes one. It has to know the devices in the main memory, so it comes last. */
export function makeTiming(hart: Hart, model: CycleModel, memory: WebAssembly.Memory, shared: SharedTiming): Hart['timing'] {
  const declaration = typeof model === 'string' ? cycleModels[model] : model;
  if (declaration === undefined) return undefined;
  const { core, profile, index } = hart;
  const at = index * layout.area + layout.timing;
  if ('kind' in declaration) return new ClusterTiming({ core, declaration, shared, late: new Int32Array(memory.buffer, at, 1) });
  return new Pipeline({ core, decoder: profile.decoder, declaration, memory, at });
}
