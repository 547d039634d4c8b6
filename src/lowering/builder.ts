import { BadInput } from '../errors.ts';
import type { Tensor, TensorType } from '../numeric/tensor.ts';
import type { Lowering, Meaning, Style, Term } from '../operators/layer.ts';
import { needsQuantiser, unmade } from '../operators/meaning.ts';
import { clampedType } from '../operators/requantise/channels.ts';
import type { Operators } from '../program/operator.ts';
import type { Call, ProgramInput } from '../program/program.ts';
import { layerOf, settle } from './settle.ts';

/** A call and the value that it makes. */
export interface Node {
  readonly name: string;
  readonly type: TensorType;
  readonly call: Call;
}

/** The Program before its calls are joined to pipes: every call makes a named value. */
export interface Graph {
  readonly name: string;
  readonly inputs: ReadonlyMap<string, ProgramInput>;
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly nodes: readonly Node[];
  readonly outputs: readonly string[];
}

export class ProgramBuilder implements Lowering {
  readonly style: Style;
  readonly fuse: boolean;
  readonly #operators: Operators;
  readonly #inputs = new Map<string, ProgramInput>();
  readonly #constants = new Map<string, Tensor>();
  readonly #names = new Map<Tensor, string>();
  readonly #nodes: Node[] = [];
  readonly #types = new Map<string, TensorType>();

  constructor(style: Style, operators: Operators, fuse = true) {
    this.style = style;
    this.fuse = fuse;
    this.#operators = operators;
  }

  /** A tensor that two layers share, such as the weights of a module called twice, is stored once. */
  constant(name: string, tensor: Tensor): string {
    const known = this.#names.get(tensor);
    if (known !== undefined) return known;
    this.#claim(name, tensor.type);
    this.#constants.set(name, tensor);
    this.#names.set(tensor, name);
    return name;
  }

  call(name: string, call: Call): { value: string; type: TensorType } {
    const operator = this.#operators.get(call.operator);
    if (!operator) throw new Error(`lowering asks for the operator ${call.operator}, which is not registered`);
    if (call.operands.includes(unmade)) throw needsQuantiser(layerOf(name), 'values that only a quantiser can make');
    const type = operator.result(
      call.attributes,
      call.operands.map((operand) => this.#types.get(operand)!),
    );
    const value = this.#unused(name);
    this.#claim(value, type);
    this.#nodes.push({ name: value, type, call });
    return { value, type };
  }

  madeBy(value: string): Call | undefined {
    return this.#nodes.find(({ name }) => name === value)?.call;
  }

  input(
    name: string,
    source: string,
    shape: readonly number[],
    { scale, lo, hi, reciprocal }: Parameters<Lowering['input']>[3],
  ): { value: string; type: TensorType } {
    const type = clampedType({ lo, hi }, shape);
    this.#claim(name, type);
    this.#inputs.set(name, { type, source, scale, lo, hi, ...(reciprocal && { reciprocal }) });
    return { value: name, type };
  }

  settle(name: string, meaning: Meaning): Meaning & { terms: readonly [Term] } {
    return settle(name, meaning, this);
  }

  graph(name: string, outputs: readonly string[]): Graph {
    return { name, inputs: this.#inputs, constants: this.#constants, nodes: this.#nodes, outputs };
  }

  #claim(name: string, type: TensorType): void {
    if (this.#types.has(name))
      throw new BadInput({
        where: `layer ${name}`,
        found: 'a second value of this name',
        expected: 'unique names',
        remedy: 'rename one of the layers',
      });
    this.#types.set(name, type);
  }

  /** A layer whose meaning is settled for two readers makes two values: the second gets a number. */
  #unused(name: string): string {
    let candidate = name;
    for (let number = 2; this.#types.has(candidate); number++) candidate = `${name}~${number}`;
    return candidate;
  }
}
