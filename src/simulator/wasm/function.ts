import { Code } from './code.ts';
import { type Expr, get, type ValType, type Word } from './expression.ts';

export const valTypes: Readonly<Record<ValType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const stores = { i32: 0x36, i64: 0x37, f32: 0x38, f64: 0x39 } as const;
const narrowStores = { i32: { 1: 0x3a, 2: 0x3b, 4: 0x36 }, i64: { 1: 0x3c, 2: 0x3d, 4: 0x3e, 8: 0x37 } } as const;

type Any = ValType | 'word';
/** How many of the enclosing blocks a branch leaves: made by `block` and `loop`, turned into a depth by `br`. */
export type Label = { readonly level: number };

/** A function under construction: its locals and its body, statement by statement. */
export class FunctionBuilder {
  readonly body = new Code(1 << 12);
  readonly #prologue = new Code();
  readonly parameters: readonly ValType[];
  readonly word: 'i32' | 'i64';
  readonly #locals: ValType[] = [];
  /** Locals of named values: in use, and free for others. */
  readonly #named: [type: ValType, local: number][] = [];
  readonly #free = new Map<ValType, number[]>();
  #level = 0;

  constructor(parameters: readonly ValType[] = [], word: 'i32' | 'i64' = 'i64') {
    this.parameters = parameters;
    this.word = word;
  }

  local(type: Any): number {
    return this.parameters.length + this.#locals.push(this.#value(type)) - 1;
  }

  set(local: number, value: Expr<Any>): void {
    this.#operation(0x21, local, value);
  }

  /** Sets a local before the body starts. */
  fill(local: number, value: Expr<Any>): void {
    value.write(this.#prologue);
    this.#prologue.byte(0x21);
    this.#prologue.unsigned(local);
  }

  /** An expression is used once; what is needed twice gets a local. */
  name<T extends Any>(value: Expr<T>): Expr<T> {
    const type = this.#value(value.type);
    const local = this.#free.get(type)?.pop() ?? this.local(type);
    this.#named.push([type, local]);
    this.set(local, value);
    return get(value.type, local);
  }

  /** The values that were named so far are not needed any more: their locals serve others, which keeps the host's stack frame small. */
  release(): void {
    for (const [type, local] of this.#named.splice(0)) {
      const free = this.#free.get(type) ?? [];
      free.push(local);
      this.#free.set(type, free);
    }
  }

  /** All values, then all writes: `p.lw x5, 4(x5!)` must not add to what it has just loaded. */
  assign(writes: readonly (readonly [local: number, value: Expr<Any>])[]): void {
    for (const [, value] of writes) value.write(this.body);
    for (const [local] of writes.toReversed()) this.#operation(0x21, local);
  }

  /** Stores the low `bytes` bytes of a value, all of them by default. */
  store(address: Expr<'i32'>, value: Expr<Any>, offset = 0, bytes?: 1 | 2 | 4 | 8): void {
    const type = this.#value(value.type);
    address.write(this.body);
    value.write(this.body);
    const narrow: { readonly [bytes: number]: number } | undefined = type === 'i32' || type === 'i64' ? narrowStores[type] : undefined;
    this.body.byte((bytes !== undefined && narrow?.[bytes]) || stores[type]);
    this.body.byte(0);
    this.body.unsigned(offset);
  }

  /** Statements that a branch to the label skips the rest of. */
  block(inside: (label: Label) => void): void {
    this.#nest(0x02, inside);
  }

  /** Statements that a branch to the label starts again. */
  loop(inside: (label: Label) => void): void {
    this.#nest(0x03, inside);
  }

  if(condition: Expr<'i32'>, yes: () => void, no?: () => void): void {
    condition.write(this.body);
    this.#nest(0x04, () => {
      yes();
      if (no === undefined) return;
      this.body.byte(0x05);
      no();
    });
  }

  br(label: Label): void {
    this.#operation(0x0c, this.#depth(label));
  }

  brIf(label: Label, condition: Expr<'i32'>): void {
    this.#operation(0x0d, this.#depth(label), condition);
  }

  /** Branches to labels[selector], or to `otherwise` beyond the last. */
  brTable(selector: Expr<'i32'>, labels: readonly Label[], otherwise: Label): void {
    this.#operation(0x0e, labels.length, selector);
    for (const label of [...labels, otherwise]) this.body.unsigned(this.#depth(label));
  }

  return(...values: readonly Expr<Any>[]): void {
    for (const value of values) value.write(this.body);
    this.body.byte(0x0f);
  }

  /** A tail call: this frame is gone before the called function starts. */
  returnCall(index: number, ...operands: readonly Expr<Any>[]): void {
    for (const operand of operands) operand.write(this.body);
    this.#operation(0x12, index);
  }

  returnCallIndirect(type: number, slot: Expr<'i32'>, ...operands: readonly Expr<Any>[]): void {
    for (const operand of [...operands, slot]) operand.write(this.body);
    this.#operation(0x13, type);
    this.body.byte(0);
  }

  /** An expression for its effect alone. */
  drop(value: Expr<Any>): void {
    value.write(this.body);
    this.body.byte(0x1a);
  }

  /** A call of a function without a result. */
  call(index: number, ...operands: readonly Expr<Any>[]): void {
    for (const operand of operands) operand.write(this.body);
    this.#operation(0x10, index);
  }

  /** Calls a function with several results and puts them into locals. */
  callInto(locals: readonly number[], index: number, ...operands: readonly Expr<Any>[]): void {
    this.call(index, ...operands);
    for (const local of locals.toReversed()) this.#operation(0x21, local);
  }

  callIndirectInto(locals: readonly number[], type: number, slot: Expr<'i32'>, ...operands: readonly Expr<Any>[]): void {
    for (const operand of [...operands, slot]) operand.write(this.body);
    this.#operation(0x11, type);
    this.body.byte(0);
    for (const local of locals.toReversed()) this.#operation(0x21, local);
  }

  unreachable(): void {
    this.body.byte(0x00);
  }

  /** The entry of the code section, without its size. Locals of one type that follow one another are declared together. */
  bytes(): Uint8Array<ArrayBuffer> {
    const runs: [ValType, number][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.[0] === type) last[1]++;
      else runs.push([type, 1]);
    }
    const code = new Code();
    code.unsigned(runs.length);
    for (const [type, count] of runs) {
      code.unsigned(count);
      code.byte(valTypes[type]);
    }
    code.append(this.#prologue.view());
    code.append(this.body.view());
    code.byte(0x0b);
    return code.view();
  }

  #value(type: Any): ValType {
    return type === 'word' ? this.word : type;
  }

  #depth(label: Label): number {
    return this.#level - label.level;
  }

  #nest(opcode: number, inside: (label: Label) => void): void {
    this.body.byte(opcode);
    this.body.byte(0x40);
    this.#level++;
    inside({ level: this.#level });
    this.#level--;
    this.body.byte(0x0b);
  }

  #operation(opcode: number, immediate: number, operand?: Expr<Word['type'] | ValType>): void {
    operand?.write(this.body);
    this.body.byte(opcode);
    this.body.unsigned(immediate);
  }
}
