import { BadInput } from '../../errors.ts';
import type { Checkpoint } from '../../formats/checkpoint/checkpoint.ts';
import { shown } from '../../formats/checkpoint/source.ts';
import { elements, type Shape, sameShape, type Tensor, tensor } from '../../numeric/tensor.ts';

const saveAgain = 'save the checkpoint right after an evaluation pass, with torch.save(model.state_dict(), path)';

/** Where the tensors of an I-ViT model come from while its modules are traced. */
export interface Parameters {
  /** The file, for messages. */
  readonly where: string;
  readonly names: readonly string[];
  has(name: string): boolean;
  refuse(name: string, found: string, expected: string, remedy?: string): never;
  /** The sizes of a tensor of so many axes. */
  shape(name: string, rank: number): Shape;
  /** A tensor of this shape with finite elements. */
  read(name: string, shape: Shape): Promise<Tensor>;
  /** The float32 scale of a QuantAct, above 0. */
  scale(name: string): Promise<number>;
  /** What the model computes from its float parameters and saves beside them. */
  derived(name: string, value: Tensor): Promise<void>;
}

/** The tensors of a checkpoint, checked as they are read, and which of them were. */
export class CheckpointParameters implements Parameters {
  readonly #checkpoint: Checkpoint;
  readonly #used = new Set<string>();

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
  }

  get where(): string {
    return this.#checkpoint.where;
  }
  get names(): readonly string[] {
    return this.#checkpoint.names;
  }
  get unused(): readonly string[] {
    return this.names.filter((name) => !this.#used.has(name));
  }

  has(name: string): boolean {
    return this.#checkpoint.has(name);
  }

  refuse(name: string, found: string, expected: string, remedy = saveAgain): never {
    throw new BadInput({ where: `${this.where}, tensor ${shown(name)}`, found, expected, remedy });
  }

  shape(name: string, rank: number): Shape {
    if (!this.has(name))
      this.refuse(name, 'no such tensor', 'the state_dict of an I-ViT model', 'name the checkpoint that I-ViT saved, whole');
    const shape = this.#checkpoint.shape(name);
    if (shape.length !== rank || shape.some((size) => size === 0))
      this.refuse(name, `the shape [${shape.join(', ')}]`, `${rank} axes of at least 1`);
    return shape;
  }

  async read(name: string, shape: Shape): Promise<Tensor> {
    const found = this.shape(name, shape.length);
    if (!sameShape(found, shape)) this.refuse(name, `the shape [${found.join(', ')}]`, `[${shape.join(', ')}]`, 'check the model');
    return this.#finite(name);
  }

  /** A scale has the shape [] or [1], and is 0 where the module never ran. */
  async scale(name: string): Promise<number> {
    const full = `${name}.act_scaling_factor`;
    if (!this.has(full)) this.refuse(full, 'no such tensor', 'the scale of an I-ViT model');
    const shape = this.#checkpoint.shape(full);
    if (elements(shape) !== 1 || shape.length > 1) this.refuse(full, `the shape [${shape.join(', ')}]`, 'one scale');
    const [scale = 0] = (await this.#finite(full)).data;
    if (scale === 0) this.refuse(full, 'the scale 0: the module never ran', 'a scale above 0');
    if (scale < 0) this.refuse(full, `the scale ${scale}`, 'a scale above 0');
    return scale;
  }

  async #finite(name: string): Promise<Tensor> {
    const { type, data } = await this.#checkpoint.read(name);
    let bad = 0;
    while (bad < data.length && Math.abs(data[bad]!) < Infinity) bad++;
    if (bad < data.length) this.refuse(name, `${data[bad]} at element ${bad}`, 'finite numbers', 'train again: the weights diverged');
    this.#used.add(name);
    return tensor(type, data);
  }

  /** A buffer that differs is refused: it was saved after the weights had changed, and so were the scales. */
  async derived(name: string, { data: expected }: Tensor): Promise<void> {
    if (!this.has(name)) this.refuse(name, 'no such tensor', 'the state_dict of an I-ViT model');
    const count = elements(this.#checkpoint.shape(name));
    if (count !== expected.length) this.refuse(name, `${count} elements`, `${expected.length}`, 'check the model');
    const { data } = await this.#finite(name);
    let first = 0;
    while (first < data.length && data[first] === expected[first]) first++;
    if (first === data.length) return;
    let different = 0;
    for (let at = first; at < data.length; at++) if (data[at] !== expected[at]) different++;
    const found = `${data[first]} at element ${first} (${different} of ${data.length} differ)`;
    this.refuse(name, found, `${expected[first]}, which the float parameters and scales give`);
  }
}
