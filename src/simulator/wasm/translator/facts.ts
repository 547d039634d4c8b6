import type { Emitter } from '../../riscv/emit.ts';
import type { Row } from '../../riscv/row.ts';
import { type Expr, f32, f64, get, type ValType, type Word } from '../expression.ts';
import { FunctionBuilder } from '../function.ts';
import { v128 } from '../vector.ts';
import { isInLibrary } from './floats.ts';
import type { Instruction } from './instruction.ts';
import { narrow, wide, wordsIn } from './integers.ts';
import { none, type RegisterSet } from './register-set.ts';

/** An access of memory: from the register that an operand names, at the displacement in `offset` or at none. */
export interface Access {
  readonly base: 'rs1';
  readonly displaced: boolean;
  readonly bytes: number;
  readonly store: boolean;
}

/** What a row does, by the names of its operands. */
export interface Facts {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Undefined where there is no access, more than one, or one at another kind of address. */
  readonly access: Access | undefined;
}

const known = new WeakMap<Row, { 32?: Facts; 64?: Facts }>();
const sources = /^(rs|fs)\d$/;

/** What the row of an instruction does: found by letting it write its code into the void once. */
export function factsOf(instruction: Instruction, xlen: 32 | 64): Facts {
  const { row } = instruction;
  const both = known.get(row) ?? {};
  known.set(row, both);
  both[xlen] ??= isInLibrary(row) ? libraryFacts(instruction) : observed(instruction, xlen);
  return both[xlen];
}

const libraryFacts = ({ operands }: Instruction): Facts => ({
  reads: Object.keys(operands).filter((name) => sources.test(name)),
  writes: ['fd' in operands ? 'fd' : 'rd'],
  access: undefined,
});

const displacement = 1024;

function observed({ row, operands, pc, next }: Instruction, xlen: 32 | 64): Facts {
  const builder = new FunctionBuilder([], xlen === 64 ? 'i64' : 'i32');
  const reads = new Set(Object.keys(operands).filter((name) => sources.test(name)));
  const addresses = new WeakMap<Word, boolean>();
  const accesses: (Access | undefined)[] = [];
  const zero = get('word', 0);
  const base = get('word', 1);
  addresses.set(base, false);
  const x = wordsIn(builder, xlen);
  const add = (a: Word, b: Word | number): Word => {
    const sum = x.add(a, b);
    if (addresses.get(a) === false && b === displacement) addresses.set(sum, true);
    return sum;
  };
  const touch = (address: Word, bytes: number, store: boolean): void => {
    const displaced = addresses.get(address);
    accesses.push(displaced === undefined ? undefined : { base: 'rs1', displaced, bytes, store });
  };
  const value = <T extends ValType | 'word'>(type: T): Expr<T> => get(type, 0);
  const emitter: Emitter = {
    x: Object.assign(Object.create(x) as typeof x, { add }),
    i32: narrow,
    i64: wide,
    v128,
    f: { bits: () => value('i64'), lowBits: () => value('i32'), single: f32.ofBits, double: f64.ofBits },
    pc,
    next,
    register: (register) => {
      for (const [name, number] of Object.entries(operands)) if (number === register && /^r[ds]\d?$/.test(name)) reads.add(name);
      return zero;
    },
    name: (expression) => expression,
    load: (address, bytes) => {
      touch(address, bytes, false);
      return zero;
    },
    store: (address, bytes) => {
      touch(address, bytes, true);
      return {};
    },
    load64: (address) => {
      touch(address, 8, false);
      return value('i64');
    },
    store64: (address) => {
      touch(address, 8, true);
      return {};
    },
    atomic: (_, __, change) => {
      accesses.push(undefined);
      return change(zero);
    },
    setLoop: () => ({}),
    command: () => zero,
    fence: () => ({}),
    branch: () => ({}),
    jump: () => ({}),
    jumpIndirect: () => ({}),
  };
  const values = Object.fromEntries(
    Object.entries(operands).map(([name, number]) => {
      if (name === 'rs1') return [name, base];
      if (name.startsWith('rs')) return [name, zero];
      return [name, name === 'offset' ? displacement : number];
    }),
  );
  const results = row.emit?.(values as Parameters<NonNullable<typeof row.emit>>[0], emitter) ?? {};
  const writes = Object.entries(results).flatMap(([name, result]) => (result === undefined ? [] : [name]));
  return { reads: [...reads], writes, access: accesses.length === 1 ? accesses[0] : undefined };
}

/** The registers that an instruction reads; x0 among them. */
export const readsOf = (instruction: Instruction, xlen: 32 | 64, floatsInX: boolean): RegisterSet =>
  namedBy(factsOf(instruction, xlen).reads, instruction, floatsInX);

/** The registers that it writes, whatever happens; never x0. */
export const writesOf = (instruction: Instruction, xlen: 32 | 64, floatsInX: boolean): RegisterSet => {
  const [x, f] = namedBy(factsOf(instruction, xlen).writes, instruction, floatsInX);
  return [x & ~1, f];
};

function namedBy(names: readonly string[], { operands }: Instruction, floatsInX: boolean): RegisterSet {
  let [x, f] = none;
  for (const name of names) {
    const value = operands[name];
    if (value === undefined) continue;
    if (floatsInX || name.charCodeAt(0) !== letterF) x |= 1 << value;
    else f |= 1 << value;
  }
  return [x, f];
}

const letterF = 'f'.charCodeAt(0);
