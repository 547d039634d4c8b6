import { type Tensor, tensor } from '../../numeric/tensor.ts';
import type { Parameters } from './parameters.ts';
import { recipeParameter } from './recipe.ts';

interface Made {
  readonly where: string;
  /** Of each QuantAct. */
  readonly scales: ReadonlyMap<string, number>;
  /** The outputs of an MLP's first matrix: the only size that the dataflow asks the parameters for. */
  readonly hidden: (name: string) => number;
  /** Tensors that are no parameters. */
  readonly buffers: readonly (readonly [name: RegExp, make: (name: string) => Tensor])[];
}

/** Scales by the names of modules: a row for each block, a column for each module in it. */
export const scaleRows = (
  blocks: readonly string[],
  modules: readonly string[],
  rows: readonly (readonly number[])[],
): readonly (readonly [string, number])[] =>
  rows.flatMap((row, block) => row.map((scale, at) => [`${blocks[block]}.${modules[at]}`, scale] as const));

/** Makes the parameters that a dataflow reads, and keeps what it derives from them: all that upstream would have saved. */
export class MadeParameters implements Parameters {
  readonly #made: Made;
  readonly #tensors = new Map<string, Tensor>();

  constructor(made: Made) {
    this.#made = made;
  }

  get where(): string {
    return this.#made.where;
  }
  get names(): readonly string[] {
    return [...this.#tensors.keys()];
  }
  /** Patch merging is the one matrix without a bias. */
  has(name: string): boolean {
    return !name.endsWith('reduction.bias');
  }
  refuse(name: string, found: string): never {
    throw new Error(`${this.where}, ${name}: ${found}`);
  }
  shape(name: string): readonly number[] {
    return [this.#made.hidden(name), this.#made.hidden(name) / 4];
  }
  async read(name: string, shape: readonly number[]): Promise<Tensor> {
    const [, make] = this.#made.buffers.find(([pattern]) => pattern.test(name)) ?? [];
    return this.#keep(name, make ? make(name) : recipeParameter(name, shape));
  }
  async scale(name: string): Promise<number> {
    const scale = tensor({ dtype: 'f32', shape: [] }, Float32Array.of(this.#made.scales.get(name)!));
    return this.#keep(`${name}.act_scaling_factor`, scale).data[0]!;
  }
  /** Upstream saves integers as float32 too. */
  async derived(name: string, { type: { shape }, data }: Tensor): Promise<void> {
    this.#keep(name, tensor({ dtype: 'f32', shape }, Float32Array.from(data)));
  }
  #keep(name: string, value: Tensor): Tensor {
    this.#tensors.set(name, value);
    return value;
  }

  /** All tensors, and the scale 0 of modules that upstream declares and never runs. */
  withNeverRun(modules: readonly string[]): ReadonlyMap<string, Tensor> {
    for (const module of modules) this.#keep(`${module}.act_scaling_factor`, tensor({ dtype: 'f32', shape: [1] }));
    return this.#tensors;
  }
}
