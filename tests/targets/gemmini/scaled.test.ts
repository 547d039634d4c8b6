import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReference } from '../../../src/engine/reference.ts';
import { readBytes } from '../../../src/formats/files.ts';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import { type Shape, type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import { dyadicMultiplier } from '../../../src/operators/ivit/dyadic.ts';
import { valueTypes } from '../../../src/program/lifetimes.ts';
import type { Call, Program, Step } from '../../../src/program/program.ts';
import { verifyProgram } from '../../../src/program/verify.ts';
import { makeGemmini } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { type Rounding, roundings } from '../../../src/simulator/devices/gemmini/rounding.ts';
import { Machine, machines } from '../../../src/simulator/machine.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { core } from '../../../src/targets/gemmini/kernels/core.ts';
import { linear } from '../../../src/targets/gemmini/kernels/linear.ts';
import { linearScaled } from '../../../src/targets/gemmini/kernels/linear-scaled.ts';
import { matmul } from '../../../src/targets/gemmini/kernels/matmul.ts';
import type { GemminiMachine } from '../../../src/targets/gemmini/machine.ts';
import type { RoutineWork } from '../../../src/targets/gemmini/routine.ts';
import { emitFolder, named } from '../../../src/targets/host/host.ts';
import { bareMetal, buildRv64 } from '../../../src/targets/host/rv64.ts';
import type { Emission } from '../../../src/targets/network.ts';
import { type Plan, planProgram } from '../../../src/targets/plan.ts';
import { runOn } from '../../../src/verify/firmware-run.ts';
import { inputsFor, sequence } from '../programs.ts';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bitwright-scaled-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Scaling has no price here, so that small layers are scaled too. */
const free = { ...linearScaled, cycles: () => 0 };
const emissionOn = (declaration: GemminiDeclaration): Emission<GemminiMachine> => ({
  operators,
  kernels: [free, linear, matmul, core],
  machine: { gemmini: declaration, cyclesPerMac: 7, cyclesPerElement: 22, cyclesPerByte: 6 },
  headers: ['gemmini/product.h', 'gemmini/scaled.h', 'rocket/rocket.h'],
});

/** The simulated machine with such an array. */
const arrayOf = (declaration: GemminiDeclaration, rounding: Rounding) => ({
  countsCycles: true,
  async run(executable: string, cases: Uint8Array) {
    const printed = { out: [] as Uint8Array[], err: [] as Uint8Array[] };
    let read = 0;
    const machine = Machine.load(await readBytes(executable), {
      name: executable,
      machine: machines.gemmini,
      accelerators: { gemmini: makeGemmini({ declaration, rounding }) },
      input(count) {
        read += count;
        return cases.subarray(read - count, read);
      },
      output: (stream, bytes) => printed[stream].push(bytes),
    });
    expect(machine.run()).toMatchObject({ reason: 'exit', code: 0 });
    return { tensors: Buffer.concat(printed.out), table: Buffer.concat(printed.err).toString() };
  },
});

/** Compiles a Program for an array, runs it there with both roundings, and compares every integer of every step with the reference engine's. */
async function prove(
  program: Program,
  name: string,
  more: readonly ReadonlyMap<string, Tensor>[] = [],
  declaration: GemminiDeclaration = gemmini,
): Promise<Plan> {
  verifyProgram(program, operators);
  const emission = emissionOn(declaration);
  const plan = planProgram(program, operators, emission.kernels, emission.machine);
  const folder = join(scratch, name);
  const networks = named([plan]);
  await writeFirmware(await emitFolder(networks, bareMetal(networks), emission), folder);
  const { executable } = await buildRv64(folder, undefined);
  const cases = [inputsFor(program, 1), inputsFor(program, 0, 'low'), inputsFor(program, 0, 'high'), ...more];
  for (const rounding of roundings) {
    const run = await runOn(arrayOf(declaration, rounding))(executable, plan, cases);
    cases.forEach((inputs, index) => {
      const golden = runReference(program, inputs);
      for (const step of program.steps) expect(run.cases[index]!.get(step.name)).toEqual(golden.get(step.name));
    });
  }
  return plan;
}

interface Layer {
  readonly input: string;
  readonly channels: number;
  readonly weights?: (channel: number, k: number) => number;
  /** Largest absolute value; 0 for none. */
  readonly bias?: number;
  readonly scale?: (channel: number) => number;
  readonly lo?: number;
  /** Channels of the multipliers: all, or one. */
  readonly uniform?: boolean;
  readonly behind?: readonly Call[];
}

/** A Program of layers, each of them rows times weights and a rounding, and of products of its inputs. */
class Layers {
  readonly program: Program & { readonly constants: Map<string, Tensor>; readonly steps: Step[] };
  readonly #next = sequence(7);

  constructor(inputs: { readonly [name: string]: Shape }) {
    const types = Object.entries(inputs).map(
      ([name, shape]) => [name, { type: { dtype: 'i8', shape }, source: name, scale: 1, lo: -128, hi: 127 }] as const,
    );
    this.program = { name: 'layers', inputs: new Map(types), constants: new Map(), steps: [], outputs: [] };
  }

  linear(name: string, layer: Layer): this {
    const shape = this.program.inputs.get(layer.input)!.type.shape;
    const [depth, axis] = [shape.at(-1)!, shape.length - 1];
    const { channels, bias = 0, lo = -128, uniform = false, behind = [] } = layer;
    const weights = layer.weights ?? (() => this.#next(-128, 127));
    const scale = layer.scale ?? ((channel) => 2 ** -(7 + (channel % 5)) / (1 + channel / channels));
    const values = Array.from({ length: channels * depth }, (_, index) => weights(Math.floor(index / depth), index % depth));
    const m = Array.from({ length: uniform ? 1 : channels }, (_, channel) => dyadicMultiplier(scale(channel), 1));
    const { constants } = this.program;
    constants.set(`${name}.weights`, tensor({ dtype: 'i8', shape: [channels, depth] }, values));
    constants.set(`${name}.m`, tensor({ dtype: 'f64', shape: [m.length] }, m));
    if (bias > 0)
      constants.set(
        `${name}.bias`,
        tensor(
          { dtype: 'i32', shape: [channels] },
          Array.from({ length: channels }, () => this.#next(-bias, bias)),
        ),
      );
    return this.#step(name, [
      { operator: 'linear', operands: [layer.input, `${name}.weights`], attributes: {} },
      ...(bias > 0 ? [{ operator: 'bias', operands: [`${name}.bias`], attributes: { axis } }] : []),
      { operator: 'ivit-requantise', operands: [`${name}.m`], attributes: { axis, lo, hi: 127 } },
      ...behind,
    ]);
  }

  matmul(name: string, operands: readonly [string, string], transpose: boolean, scale: number): this {
    this.program.constants.set(`${name}.m`, tensor({ dtype: 'f64', shape: [1] }, [dyadicMultiplier(scale, 1)]));
    return this.#step(name, [
      { operator: 'matmul', operands, attributes: { transpose } },
      { operator: 'ivit-requantise', operands: [`${name}.m`], attributes: { axis: 0, lo: -128, hi: 127 } },
    ]);
  }

  #step(name: string, stages: readonly Call[]): this {
    const types = valueTypes(this.program);
    let type = types.get(stages[0]!.operands[0]!)!;
    stages.forEach(({ operator, operands, attributes }, index) => {
      const own = operands.map((operand) => types.get(operand)!);
      type = operators.get(operator)!.result(attributes, index === 0 ? own : [type, ...own]);
    });
    this.program.steps.push({ name, type, stages });
    return this;
  }
}

const kernelsOf = (plan: Plan): string[] => plan.steps.map(({ kernel }) => kernel);
const shapeOf = (plan: Plan, step: number): { readonly [field: string]: number } => (plan.steps[step]!.work as RoutineWork).shape;

const reshape = (shape: Shape): Call => ({ operator: 'reshape', operands: [], attributes: { shape } });
const permute = (axes: readonly number[]): Call => ({ operator: 'permute', operands: [], attributes: { axes } });

describe('sums that are rounded as they leave the accumulator', () => {
  test('are those of layers of any size, with biases small and large, and with what follows', async () => {
    const layers = new Layers({ few: [1, 37, 50], one: [1, 1, 130], many: [1, 300, 20], w: [4, 25, 24], x: [1, 23, 32] });
    const { constants } = layers.program;
    constants.set(
      'table',
      tensor(
        { dtype: 'i8', shape: [256, 256] },
        Int8Array.from({ length: 2 ** 16 }, (_, index) => (index >> 8) - (index & 255) / 2),
      ),
    );
    layers
      .linear('tails', { input: 'few', channels: 70, bias: 5000 })
      .linear('large biases', { input: 'few', channels: 21, bias: 1_000_000, scale: (channel) => 2 ** -(12 + (channel % 4)) })
      .linear('one row', { input: 'one', channels: 100 })
      .linear('many rows', { input: 'many', channels: 9, bias: 300 })
      .linear('limited at 0', { input: 'few', channels: 40, bias: 2000, lo: 0 })
      .linear('constant channels', {
        input: 'few',
        channels: 20,
        bias: 90,
        weights: (channel, k) => (channel % 3 === 0 ? 0 : ((channel * k) % 256) - 128),
      })
      .linear('falling channels', {
        input: 'few',
        channels: 33,
        bias: 90,
        scale: (channel) => (channel % 2 ? -1 : 1) * 2 ** -(6 + (channel % 7)),
      })
      .linear('looked up', {
        input: 'few',
        channels: 48,
        bias: 700,
        behind: [{ operator: 'row-lookup', operands: ['table'], attributes: {} }],
      })
      .linear('heads', { input: 'x', channels: 96, behind: [reshape([1, 23, 3, 2, 16]), permute([2, 0, 3, 1, 4])] })
      .linear('narrow heads', { input: 'x', channels: 48, behind: [reshape([1, 23, 3, 2, 8]), permute([2, 0, 3, 1, 4])] })
      .linear('windows', { input: 'w', channels: 96, bias: 50, behind: [reshape([4, 25, 3, 2, 16]), permute([2, 0, 3, 1, 4])] });
    const plan = await prove(layers.program, 'layers');
    expect(new Set(kernelsOf(plan))).toEqual(new Set([free.name]));
    expect(shapeOf(plan, 1)['more_depth']).toBeGreaterThan(16);
    expect(shapeOf(plan, 10)['group']).toBe(25);
  });

  test('are right where no single multiplier is: the core computes the sums of which two multipliers differ', async () => {
    const depth = 64;
    const channels = 40;
    /** Sums of any value: 127 times whatever the first elements add up to, and the last one. */
    const layers = new Layers({ x: [1, 150, depth] }).linear('exact', {
      input: 'x',
      channels,
      weights: (_, k) => (k === depth - 1 ? 1 : 127),
      scale: (channel) => 2 ** -(12.3 + channel / 40),
    });
    const plan = await prove(layers.program, 'plan');
    const steps = plan.derived.get('exact steps for the array')!.data;
    const targets = Array.from({ length: steps.length / 2 }, (_, index) => [steps[2 * index + 1]!, steps[2 * index + 1]! - 1]).flat();
    expect(shapeOf(plan, 0)['brackets']).toBeGreaterThan(3);
    expect(targets.length).toBeGreaterThan(20);
    const x = tensor({ dtype: 'i8', shape: [1, 150, depth] });
    for (let row = 0; row < 150; row++) {
      const target = targets[row % targets.length]!;
      let left = Math.round(target / 127);
      x.data[(row + 1) * depth - 1] = target - 127 * left;
      for (let k = 0; k < depth - 1; k++) {
        const part = Math.max(-128, Math.min(127, left));
        x.data[row * depth + k] = part;
        left -= part;
      }
    }
    await prove(layers.program, 'brackets', [new Map([['x', x]])]);
  });

  test('are those of products of activations, and of layers of one scale, in the order in which they are computed', async () => {
    const layers = new Layers({ q: [3, 21, 24], k: [3, 37, 24], x: [1, 50, 40] })
      .matmul('scores', ['q', 'k'], true, 2 ** -9.3)
      .linear('uniform', { input: 'x', channels: 30, uniform: true, scale: () => 2 ** -10.7 });
    const plan = await prove(layers.program, 'products');
    expect(kernelsOf(plan)).toEqual(['gemmini-matmul', 'gemmini-linear']);
    for (const { work } of plan.steps) expect(work).toHaveProperty('scaling.taken', 2);
  });

  test.each([8, 32] as const)('are so on an array of %i rows and columns', async (dim) => {
    const layers = new Layers({ few: [1, 75, 70], x: [1, 40, 32] })
      .linear('rows', { input: 'few', channels: 90, bias: 4000 })
      .linear('heads', { input: 'x', channels: 192, behind: [reshape([1, 40, 3, 2, 32]), permute([2, 0, 3, 1, 4])] });
    const plan = await prove(layers.program, `array-${dim}`, [], { ...gemmini, dim });
    expect(kernelsOf(plan)).toEqual([free.name, free.name]);
  });
});
