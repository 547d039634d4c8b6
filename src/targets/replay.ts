import { bytesOf } from '../numeric/tensor.ts';
import { type Inside, insidesOf } from '../program/insides.ts';
import { numbered } from './identifiers.ts';
import { kernelNamed } from './kernel.ts';
import type { Emission } from './network.ts';
import { buffersOf, type KeptInside, type Plan, type PlannedStep, type ReplayedInside } from './plan.ts';

/** Tensors begin at multiples of so many bytes. */
const alignment = 16;

/**
 * The same plan for firmware that keeps what flows inside its steps: kernels, places and constants are those of `plan`, and the results of
 * the calls within a step lie in a memory of their own. What no memory ever holds, because one piece of code computes several calls, is named.
 */
export function replayed<Machine>(plan: Plan, { operators, kernels }: Pick<Emission<Machine>, 'operators' | 'kernels'>): Plan {
  const identifier = numbered([
    ...[...plan.inputs, ...plan.steps.map(({ result }) => result), ...buffersOf(plan)].map((buffer) => buffer.identifier),
  ]);
  const insides = insidesOf(plan.program, operators);
  const kept = plan.steps.map((planned, index): readonly KeptInside[] => {
    let end = 0;
    return insides[index]!.filter((inside) => within(planned, inside) === undefined).map(({ name, stage, operator, type }) => {
      const [offset, bytes] = [end, bytesOf(type)];
      end = Math.ceil((offset + bytes) / alignment) * alignment;
      const own = identifier(`${planned.result.identifier}_${operator.replaceAll('-', '_')}`);
      return { name, stage, type, offset, bytes, first: index, last: index, identifier: own };
    });
  });
  const bytes = Math.max(0, ...kept.map((own) => Math.max(0, ...own.map((inside) => inside.offset + inside.bytes))));
  const told = plan.steps.flatMap((planned, index) => insides[index]!.map((inside) => fateOf(inside, insides[index]!, planned)));
  return { ...plan, replay: { kept, bytes, insides: told } };

  function within({ kernel, work }: PlannedStep, { stage }: Inside): string | undefined {
    return kernelNamed(kernels, kernel).within(work, stage);
  }

  /** An inside that nothing holds may be another one under another shape. */
  function fateOf(inside: Inside, siblings: readonly Inside[], planned: PlannedStep): ReplayedInside {
    for (let name: string | undefined = inside.name; name !== undefined; ) {
      const found = siblings.find((sibling) => sibling.name === name);
      if (found === undefined || within(planned, found) === undefined) return { ...inside, tensor: name };
      name = found.same;
    }
    return { ...inside, within: within(planned, inside)! };
  }
}
