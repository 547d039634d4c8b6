import { expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { operators } from '../../src/operators/index.ts';
import { insidesOf, unjoined } from '../../src/program/insides.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { inputsFor, tinyProgram } from '../targets/programs.ts';

test('each result that a call hands to the next has a name, and the type that its operator gives', () => {
  const insides = insidesOf(tinyProgram(), operators).map((own) => own.map(({ name, type }) => [name, type]));
  expect(insides).toEqual([
    [['0[0] convolution', { dtype: 'i32', shape: [1, 4, 4, 4] }]],
    [],
    [
      ['pool[0] window-sum', { dtype: 'i32', shape: [1, 4, 2, 2] }],
      ['pool[1] dyadic-mean', { dtype: 'i8', shape: [1, 4, 2, 2] }],
    ],
    [['fc[0] linear', { dtype: 'i32', shape: [1, 3] }]],
  ]);
});

test('what has the same elements under another shape is known by it', () => {
  const [, , pool] = insidesOf(tinyProgram(), operators);
  expect(pool!.map(({ same }) => same)).toEqual([undefined, 'pool']);
});

test('a name that a step has already is given to no inside', () => {
  const program = tinyProgram();
  const renamed = (name: string): string => (name === 'pool' ? 'fc[0] linear' : name);
  const steps = program.steps.map(({ name, type, stages }) => ({
    name: renamed(name),
    type,
    stages: stages.map((call) => ({ ...call, operands: call.operands.map(renamed) })),
  }));
  const same = { ...program, steps };
  expect(insidesOf(same, operators).flat().at(-1)!.name).toBe("fc[0] linear'");
});

test('with every call a step of its own a Program computes the same', () => {
  const program = tinyProgram();
  const single = unjoined(program, operators);
  verifyProgram(single, operators);
  expect(single.steps.every(({ stages }) => stages.length === 1)).toBe(true);
  expect(single.steps).toHaveLength(8);
  const inputs = inputsFor(program, 3);
  const [joined, values] = [runReference(program, inputs), runReference(single, inputs)];
  for (const { name } of program.steps) expect(values.get(name)).toEqual(joined.get(name));
});
