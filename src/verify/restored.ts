import { runStep } from '../engine/reference.ts';
import type { Plan } from '../targets/plan.ts';
import type { Values } from './deployment.ts';

/** The values of a sample, and those of the Program that was given which a target holds in another form. */
export const withRestored = ({ restored = [] }: Plan, values: Values): Values =>
  new Map([...values, ...restored.map((step) => [step.name, runStep(step, (name) => values.get(name)!)] as const)]);
