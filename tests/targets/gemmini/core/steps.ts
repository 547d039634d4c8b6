import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { runReference } from '../../../../src/engine/reference.ts';
import { type Dtype, dtypes, type Shape, type Tensor, tensor } from '../../../../src/numeric/tensor.ts';
import { operators } from '../../../../src/operators/index.ts';
import type { Call, Program, Step } from '../../../../src/program/program.ts';
import { writeFirmware } from '../../../../src/targets/firmware.ts';
import { type Portable, sourcesOf } from '../../../../src/targets/portable.ts';
import { gemminiTarget } from '../../../../src/verify/gemmini.ts';
import { sequence } from '../../programs.ts';
import { proveOnCore } from './prove.ts';

/** An input of a step: its values are those of `values`, in turn, or between the limits; or a constant. */
export type Operand =
  | { readonly dtype: Dtype; readonly shape: Shape; readonly limit: number; readonly values?: readonly number[] }
  | { readonly constant: Dtype; readonly shape: Shape; readonly values: readonly number[] };

export interface Trial {
  readonly name: string;
  readonly stages: readonly { readonly operator: string; readonly operands: readonly Operand[]; readonly attributes: Call['attributes'] }[];
  /** The files of kernels/ that do it. */
  readonly sources: readonly string[];
}

export const constant = (dtype: Dtype, ...values: number[]): Operand => ({ constant: dtype, shape: [values.length], values });

/** One Program of which each trial is a step. */
function programOf(trials: readonly Trial[]): { readonly program: Program; readonly values: ReadonlyMap<string, readonly number[]> } {
  const inputs: [string, Program['inputs'] extends ReadonlyMap<string, infer Input> ? Input : never][] = [];
  const constants: [string, Tensor][] = [];
  const values = new Map<string, readonly number[]>();
  const types = new Map<string, Tensor['type']>();
  const steps = trials.map(({ name, stages }): Step => {
    let previous: Tensor['type'] | undefined;
    const calls = stages.map(({ operator, operands, attributes }, stage): Call => {
      const names = operands.map((operand, index) => {
        const value = `${name} ${stage} ${index}`;
        if ('constant' in operand) {
          const made = tensor({ dtype: operand.constant, shape: operand.shape });
          operand.values.forEach((number, at) => {
            made.data[at] = number;
          });
          constants.push([value, made]);
          types.set(value, made.type);
        } else {
          const { dtype, shape, limit } = operand;
          const { low, high } = dtypes[dtype];
          const [lo, hi] = [Math.max(low, -limit), Math.min(high, limit)];
          inputs.push([value, { type: { dtype, shape }, source: value, scale: 1, lo, hi }]);
          types.set(value, { dtype, shape });
          if (operand.values) values.set(value, operand.values);
        }
        return value;
      });
      const all = [...(previous ? [previous] : []), ...names.map((value) => types.get(value)!)];
      previous = operators.get(operator)!.result(attributes, all);
      return { operator, operands: names, attributes };
    });
    return { name, type: previous!, stages: calls };
  });
  const program = {
    name: 'trials',
    inputs: new Map(inputs),
    constants: new Map(constants),
    steps,
    outputs: steps.map(({ name }) => name),
  };
  return { program, values };
}

/** Inputs: the values that the operand names, else random ones of every magnitude, and often an end. */
function casesOf({ program, values }: ReturnType<typeof programOf>, count: number): Map<string, Tensor>[] {
  const next = sequence(count);
  const pick = (low: number, high: number): number => {
    const chance = next(0, 49);
    if (chance < 2) return chance === 0 ? low : high;
    return Math.trunc(next(low, high) / 2 ** next(0, 11));
  };
  return Array.from(
    { length: count },
    () =>
      new Map(
        Array.from(program.inputs, ([name, { type, lo, hi }]) => {
          const made = tensor(type);
          const given = values.get(name);
          for (let index = 0; index < made.data.length; index++) made.data[index] = given ? given[index % given.length]! : pick(lo, hi);
          return [name, made];
        }),
      ),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'bitwright-core-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every step on this computer with sanitizers, and on the simulated machine: every integer must be the reference engine's. */
export async function proveSteps(title: string, trials: readonly Trial[]): Promise<void> {
  const made = programOf(trials);
  const cases = casesOf(made, 4);
  const sources = await proveOnCore(made.program, cases, join(folder, `${title}-host`));
  expect(sources).toEqual(trials.flatMap((trial) => trial.sources));
  const plan = gemminiTarget.plan(made.program);
  const machine = join(folder, `${title}-machine`);
  await writeFirmware(await gemminiTarget.emit(plan), machine);
  const { executable } = await gemminiTarget.build(machine, undefined);
  const run = await gemminiTarget.run(executable, plan, cases);
  expect(plan.steps.flatMap(({ work }) => sourcesOf((work as Portable).segments))).toEqual(sources);
  cases.forEach((inputs, index) => {
    const golden = runReference(made.program, inputs);
    for (const { name } of made.program.steps) expect([name, run.cases[index]!.get(name)]).toEqual([name, golden.get(name)]);
  });
}
