import { expect, test } from 'vitest';
import { sameShape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import { sizesOf } from '../../src/operators/regions.ts';
import type { Operator } from '../../src/program/operator.ts';
import type { Call } from '../../src/program/program.ts';
import { Draw } from '../engine/programs.ts';
import { trials } from '../kernels/trials.ts';
import { random } from '../networks.ts';
import { drawRegion, select } from './regions.ts';

const part = (from: Tensor, axis: number, count: number, at: number): Tensor => {
  const size = from.type.shape[axis]! / count;
  return select(
    from,
    from.type.shape.map((all, along) => (along === axis ? { start: at * size, size, step: 1 } : { start: 0, size: all, step: 1 })),
  );
};

function run(operator: Operator, attributes: Call['attributes'], operands: readonly Tensor[]): Tensor {
  const result = tensor(
    operator.result(
      attributes,
      operands.map(({ type }) => type),
    ),
  );
  operator.evaluate(attributes, operands, result);
  return result;
}

const single = trials.filter(({ step: { stages, type } }) => stages.length === 1 && type.shape.length > 0);
const names = [...new Set(single.map(({ step }) => step.stages[0]!.operator))];

test.each(names)('a part of what %s makes is what it makes of the parts that it asks for', (name) => {
  const operator = operators.get(name)!;
  for (const [number, { step, cases }] of single.entries()) {
    const [{ operator: own, operands: places, attributes }] = step.stages as [Call];
    if (own !== name) continue;
    const values = places.map((place) => cases[0]!.get(place)!);
    const types = values.map(({ type }) => type);
    const whole = run(operator, attributes, values);
    const draw = new Draw(random(number));
    for (let trial = 0; trial < 4; trial++) {
      const region = drawRegion(draw, whole.type.shape);
      const needs = operator.needs?.(attributes, types, whole.type, region);
      if (!needs) continue;
      const regions = values.map((value, index) => select(value, needs.operands[index]!));
      const made = needs.attributes ? run(operator, needs.attributes, regions) : regions[0]!;
      expect(made, `${step.name} ${JSON.stringify(region)}`).toEqual(select(whole, region));
      expect(made.type.shape).toEqual(sizesOf(region));
    }
    const slicing = operator.slice?.(attributes, types, whole.type, null);
    if (!slicing) continue;
    const { axis, count } = slicing.cut;
    for (let at = 0; at < count; at++) {
      const parts = values.map((value, index) => {
        const along = slicing.operands[index];
        return along === null || along === undefined ? value : part(value, along, count, at);
      });
      const made = run(operator, slicing.attributes, parts);
      if (!sameShape(made.type.shape, whole.type.shape.with(axis, whole.type.shape[axis]! / count)))
        throw new Error(`${step.name}: another shape`);
      expect(made, `${step.name}, part ${at} of ${count} along ${axis}`).toEqual(part(whole, axis, count, at));
    }
  }
});
