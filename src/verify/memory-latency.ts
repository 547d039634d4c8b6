import { BadInput } from '../errors.ts';
import type { CycleModelName } from '../hardware/cycle-models.ts';
import type { PipelineDeclaration } from '../hardware/pipeline.ts';
import { rocket } from '../hardware/rocket.ts';

/** The data of a cycle model with another latency, in cycles, of the memory behind its caches; a BadInput with this remedy where it has none. */
export function withMemoryLatency(name: CycleModelName, memoryLatency: number, remedy: string): PipelineDeclaration {
  if (name === 'rocket') return { ...rocket, caches: { ...rocket.caches, memoryLatency } };
  throw new BadInput({ where: '--memory-latency', found: `the cycle model ${name}`, expected: 'one with caches', remedy });
}
