import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type FastEngine, prepareFast } from '../../src/engine/fast.ts';
import { loadKernels } from '../../src/engine/load-kernels.ts';
import { runReference } from '../../src/engine/reference.ts';
import type { Attributes } from '../../src/numeric/attributes.ts';
import { type Dtype, dtypes, type Shape, type Tensor, type TensorType, tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import type { Call, Program, ProgramInput, Step } from '../../src/program/program.ts';

/** The engine for a Program, on kernels that are built first where they are not. */
async function engineFor(program: Program): Promise<FastEngine> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  if (!existsSync(`${root}dist/kernels/bitwright.wasm`)) execFileSync(process.execPath, [`${root}tools/build-kernels.mjs`]);
  return prepareFast(program, await loadKernels());
}

/** Draws tensors: any integers of a dtype, or with `extremes` only its least and greatest. */
export class Draw {
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)]!;
  }

  tensor(dtype: Dtype, shape: Shape, extremes = false): Tensor {
    const { low, high } = dtypes[dtype];
    const drawn = tensor({ dtype, shape });
    for (let i = 0; i < drawn.data.length; i++) drawn.data[i] = extremes ? this.pick([low, high]) : this.between(low, high);
    return drawn;
  }
}

/** Builds a Program step by step; types follow from the operators. */
export class Sketch {
  readonly inputs = new Map<string, ProgramInput>();
  readonly constants = new Map<string, Tensor>();
  readonly steps: Step[] = [];
  readonly #types = new Map<string, TensorType>();

  input(name: string, type: TensorType): string {
    const { low, high } = dtypes[type.dtype];
    this.inputs.set(name, { type, source: name, scale: 1, lo: low, hi: high });
    this.#types.set(name, type);
    return name;
  }

  constant(name: string, value: Tensor): string {
    this.constants.set(name, value);
    this.#types.set(name, value.type);
    return name;
  }

  step(name: string, ...stages: readonly (readonly [operator: string, operands: readonly string[], attributes?: Attributes])[]): string {
    let previous: readonly TensorType[] = [];
    const calls: Call[] = stages.map(([operator, operands, attributes = {}]) => {
      previous = [operators.get(operator)!.result(attributes, [...previous, ...operands.map((operand) => this.#types.get(operand)!)])];
      return { operator, operands, attributes };
    });
    this.steps.push({ name, type: previous[0]!, stages: calls });
    this.#types.set(name, previous[0]!);
    return name;
  }

  type = (name: string): TensorType => this.#types.get(name)!;

  program(...outputs: readonly string[]): Program {
    return { name: 'sketch', inputs: this.inputs, constants: this.constants, steps: this.steps, outputs };
  }
}

/** Every input and step, from both engines, on ordinary and on extreme values. */
export async function compareEngines(sketch: Sketch, draw: Draw): Promise<void> {
  const program = sketch.program(sketch.steps.at(-1)!.name);
  const engine = await engineFor(program);
  for (const extremes of [false, true]) {
    const inputs = new Map<string, Tensor>();
    for (const [name, { type }] of program.inputs) inputs.set(name, draw.tensor(type.dtype, type.shape, extremes));
    expect(engine.run(inputs, 'steps')).toEqual(runReference(program, inputs));
  }
}
