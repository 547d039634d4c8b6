import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import { bytesOf } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import type { Program } from '../../src/program/program.ts';
import { parseProgram } from '../../src/program/text.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { planHost } from '../../src/targets/host/host.ts';
import { type Buffer, buffersOf } from '../../src/targets/plan.ts';
import { onesStore } from '../filetest.ts';
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

describe('a step that is a stretch of another tensor', () => {
  const program = (text: string): Program => {
    const parsed = parseProgram(text, onesStore);
    verifyProgram(parsed, operators);
    return parsed;
  };

  test('is an alias, also of an alias, and keeps that tensor alive; what is not contiguous or would begin amiss is a copy', () => {
    const plan = planHost(
      program(`program stretches
input x: i8[3,4,16] = quantise(x) scale=1 lo=-128 hi=127
first: i8[4,16] = slice(x) axis=0 start=1 size=1 step=1 | reshape() shape=[4,16]
inner: i8[2,16] = slice(first) axis=0 start=2 size=2 step=1
still: i8[2,1,16] = permute(inner) axes=[0,1] | reshape() shape=[2,1,16]
apart: i8[4,2] = slice(first) axis=1 start=0 size=2 step=1
amiss: i8[24] = reshape(inner) shape=[32] | slice() axis=0 start=8 size=24 step=1
output still, amiss, apart
`),
    );
    const at = new Map(plan.steps.map(({ result, alias }) => [result.name, alias]));
    expect(at.get('first')).toEqual({ of: 'x', offset: 64 });
    expect(at.get('inner')).toEqual({ of: 'x', offset: 96 });
    expect(at.get('still')).toEqual({ of: 'x', offset: 96 });
    expect([at.get('apart'), at.get('amiss')]).toEqual([undefined, undefined]);
    expect(plan.inputs[0]!.last).toBe(4);
    expect(buffersOf(plan).map(({ name }) => name)).toEqual(['x', 'apart', 'amiss', 'scratch 4']);
  });

  test('is a copy where the tensor would have to stay for its sake alone, at the peak', () => {
    const plan = planHost(
      program(`program late
input x: i8[64,16] = quantise(x) scale=1 lo=-128 hi=127
part: i8[1,16] = slice(x) axis=0 start=0 size=1 step=1
wide: i32[1,16] = convert(part) dtype="i32"
wider: i32[32,16] = concat(${Array.from({ length: 32 }, () => 'wide').join(', ')}) axis=0
output wider, part
`),
    );
    expect(plan.steps[0]!.alias).toBeUndefined();
  });
});
