import { type ClusterCoreDeclaration, clusterCore } from './cluster-core.ts';
import type { PipelineDeclaration } from './pipeline.ts';
import { rocket } from './rocket.ts';

/** How cycles are counted, by name. `functional` has no data: every instruction takes one cycle, and so does every exception. */
export const cycleModels = { functional: undefined, rocket, cluster: clusterCore } as const satisfies {
  readonly [name: string]: PipelineDeclaration | ClusterCoreDeclaration | undefined;
};
export type CycleModelName = keyof typeof cycleModels;
