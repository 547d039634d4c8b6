import type { ClusterCoreDeclaration } from '../../hardware/cluster-core.ts';
import { type CycleModelName, cycleModels } from '../../hardware/cycle-models.ts';
import type { MemoryDeclaration } from '../../hardware/machine.ts';
import type { PipelineDeclaration } from '../../hardware/pipeline.ts';
import { bankArbiter, unitArbiter } from '../contention/arbiter.ts';
import { Calendars, calendarLayout } from '../contention/calendar.ts';
import type { PlacedCalendars } from '../contention/emitted.ts';
import { ClusterTiming, type Shared } from '../timing/cluster.ts';
import { type ClusterEmissionOptions, clusterEmission } from '../timing/cluster-emitted.ts';
import { pipelineEmission } from '../timing/emitted.ts';
import { Pipeline } from '../timing/pipeline.ts';
import { layout } from '../wasm/translator/layout.ts';
import type { Hart } from './hart.ts';

/** A cycle model: one by its name, or the data of one. */
export type CycleModel = CycleModelName | PipelineDeclaration | ClusterCoreDeclaration;

/** Calendars and where they lie. */
interface Placed extends PlacedCalendars {
  readonly calendars: Calendars;
}

/** What the cores of one machine share of their cycle models. It lies in the first core's area, behind what its own model has there. */
export interface SharedTiming extends Shared {
  readonly places: Omit<ClusterEmissionOptions, 'declaration'>;
  /** Nothing happens before this cycle any more. */
  forget(cycle: number): void;
}
const sharedState = layout.timing + 0x4_0000;

/** `float` is the data of the cores' float units. */
export function shareTiming(memory: WebAssembly.Memory, main: MemoryDeclaration, floats: ClusterCoreDeclaration['floats']): SharedTiming {
  let end = sharedState;
  const made: Calendars[] = [];
  const make = (resources: number): Placed => {
    const calendars = new Calendars(resources, new Int32Array(memory.buffer, end, calendarLayout.words(resources)));
    const placed = { resources, at: end, calendars };
    end += 4 * calendarLayout.words(resources);
    made.push(calendars);
    return placed;
  };
  const [floatUnits, dividers] = [make(floats.units), make(floats.dividers)];
  const interleave = main.banks === undefined ? undefined : { banks: main.banks, bytes: main.interleave ?? 4 };
  const banks = interleave && make(interleave.banks);
  return {
    banks: interleave && banks && bankArbiter(interleave, banks.calendars),
    floatUnits: unitArbiter(floats.units, 1, floatUnits.calendars),
    dividers: unitArbiter(floats.dividers, floats.divide, dividers.calendars),
    places: { banks: interleave && banks && { ...interleave, calendars: banks }, floatUnits, dividers },
    forget: (cycle) => {
      for (const each of made) each.forget(cycle);
    },
  };
}

/** Gives a core what counts its cycles: nothing, if every instruction takes one. It has to know the devices in the main memory, so it comes last. */
export function giveTiming(hart: Hart, model: CycleModel, memory: WebAssembly.Memory, shared: SharedTiming): void {
  const declaration = typeof model === 'string' ? cycleModels[model] : model;
  const { core, profile, index } = hart;
  if (declaration === undefined) return;
  const at = index * layout.area + layout.timing;
  if ('kind' in declaration) {
    hart.timing = new ClusterTiming({ core, declaration, shared, late: new Int32Array(memory.buffer, at, 1) });
    hart.emitted = clusterEmission({ declaration, ...shared.places });
  } else {
    const pipeline = new Pipeline({ core, decoder: profile.decoder, declaration, memory, at });
    hart.timing = pipeline;
    hart.emitted = pipelineEmission(pipeline);
  }
  hart.interpreter.timing = hart.timing;
}
