import { expect, test } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import { bytesOf } from '../../src/numeric/tensor.ts';
import type { Program } from '../../src/program/program.ts';
import { planHost } from '../../src/targets/host/host.ts';
import { type Buffer, buffersOf } from '../../src/targets/plan.ts';
import { drawNetwork } from '../random/draw.ts';

function* randomPrograms(count: number): Generator<Program> {
  for (let seed = 1000; count > 0; seed++) {
    try {
      yield lower(drawNetwork(seed).network, { style: dyadic });
      count--;
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
    }
  }
}

const meet = (a: Buffer, b: Buffer): boolean =>
  a.first <= b.last && b.first <= a.last && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;

test('plans of random networks give no byte to two buffers at once, and every operand is alive when it is read', () => {
  for (const program of randomPrograms(60)) {
    const plan = planHost(program);
    const buffers = buffersOf(plan);
    expect(buffers.filter((a, index) => buffers.slice(index + 1).some((b) => meet(a, b)))).toEqual([]);
    expect(plan.memory.peak).toBe(Math.max(...buffers.map(({ offset, bytes }) => offset + bytes)));
    expect(plan.memory.peak).toBeGreaterThanOrEqual(plan.memory.lowerBound);

    const tensors = new Map([...plan.inputs, ...plan.steps.map(({ result }) => result)].map((buffer) => [buffer.name, buffer]));
    program.steps.forEach(({ name, type, stages }, index) => {
      expect(tensors.get(name)).toMatchObject({ first: index, bytes: bytesOf(type) });
      for (const operand of stages.flatMap(({ operands }) => operands)) {
        const buffer = tensors.get(operand);
        if (buffer) expect(buffer.first <= index && index <= buffer.last).toBe(true);
        else expect(program.constants.has(operand)).toBe(true);
      }
    });
    for (const output of program.outputs) expect(tensors.get(output)!.last).toBe(program.steps.length - 1);
  }
});

test('a plan is plain data', () => {
  const [program] = randomPrograms(1);
  const plan = planHost(program!);
  expect(structuredClone(plan)).toEqual(plan);
});
