import type { TestCase } from '../../formats/test-cases.ts';
import type { Network } from '../../network/network.ts';
import { sameShape, type Tensor } from '../../numeric/tensor.ts';
import type { Program } from '../../program/program.ts';
import { type Judged, judgePairs } from '../deployment.ts';
import type { Engine } from '../engines.ts';
import { quantiseSample } from '../samples.ts';

/** A golden tensor of the source that has no counterpart in the Program, or one of another shape, is `absent`. */
export interface CaseAgreement extends Judged {
  readonly name: string;
  readonly absent: boolean;
}

/**
 * The Program against golden tensors that another system wrote beside its network: every layer of every case, end to end, each element
 * equal. `program` is lowered without joining pipes.
 */
export function agreeCases(network: Network, program: Program, cases: readonly TestCase[], engine: Engine): CaseAgreement[] {
  const run = engine(program);
  const names = [...network.inputs.keys()];
  const ours = cases.map(({ inputs }) => {
    const quantised = quantiseSample(program, new Map(names.map((name, index) => [name, inputs[index]!])));
    return new Map([...quantised, ...run(quantised, 'steps')]);
  });
  const layers = new Set(cases.flatMap((one) => [...one.layers.keys()]));
  return Array.from(layers, (name) => {
    const pairs = cases.flatMap((one, sample) => {
      const [expected, found] = [one.layers.get(name), ours[sample]!.get(name)];
      return expected && found && matches(expected, found) ? [{ sample, expected, found }] : [];
    });
    return { name, absent: pairs.length === 0, ...judgePairs(pairs) };
  });
}

/** Axes of size 1 may be left out in the files of other systems. */
const matches = (a: Tensor, b: Tensor): boolean =>
  sameShape(
    a.type.shape.filter((size) => size !== 1),
    b.type.shape.filter((size) => size !== 1),
  );
