import { Cursor } from '../cursor.ts';
import { malformed } from './source.ts';
import { describeValue, type Global, isKind, type List, type Value } from './value.ts';

/** What a pickle means beyond plain data: what an allowed name makes, and what its persistent ids stand for. */
export interface Meanings {
  /** The result of calling `name`, or undefined where it is not allowed: then it stays opaque. */
  call(name: string, parameters: readonly Value[]): Value | undefined;
  persistent(id: Value): Value;
}

/** A pickle of a training run with its optimiser has some 100,000 operations; each costs a little memory. */
const mostOperations = 1 << 22;
/** Integers of more bytes than this are carried along unread. */
const longestInteger = 1024;

class PickleCursor extends Cursor {
  override refuse(found: string, expected: string): never {
    throw malformed(this.where, `a pickle with ${found} at byte ${this.position}`, expected);
  }

  /** The text up to the end of the line, which is read too. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) this.refuse('a line without an end', 'one that ends');
    const line = latin1.decode(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return line;
  }
}

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder();

/** The state of one run: a stack with marks, and a memo. There is no recursion, and nothing is copied but the references in a tuple. */
class Machine {
  readonly input: PickleCursor;
  readonly meanings: Meanings;
  readonly stack: Value[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();

  constructor(input: PickleCursor, meanings: Meanings) {
    this.input = input;
    this.meanings = meanings;
  }

  refuse(found: string, expected: string): never {
    return this.input.refuse(found, expected);
  }
  push(value: Value): void {
    this.stack.push(value);
  }
  pop(): Value {
    const top = this.top();
    this.stack.pop();
    return top;
  }
  top(): Value {
    if (this.stack.length <= (this.#marks.at(-1) ?? 0)) this.refuse('an operation on an empty stack', 'a value to work on');
    return this.stack.at(-1)!;
  }
  mark(): void {
    this.#marks.push(this.stack.length);
  }
  /** All that was pushed since the last mark. */
  popMark(): Value[] {
    const mark = this.#marks.pop() ?? this.refuse('an operation without its mark', 'a mark');
    return this.stack.splice(mark);
  }
  get(index: number): void {
    const value = this.#memo.get(index);
    this.push(value === undefined ? this.refuse(`a use of entry ${index} of its memo, which is empty`, 'one that was made before') : value);
  }
  put(index: number): void {
    this.#memo.set(index, this.top());
  }
  memoize(): void {
    this.put(this.#memo.size);
  }
  tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop()).reverse();
    this.push({ kind: 'tuple', items });
  }

  integer(bytes: number): void {
    const digits = this.input.take(bytes);
    this.push(bytes > longestInteger ? { kind: 'opaque', name: 'int' } : narrow(littleEndian(digits)));
  }
  decimal(text: string): void {
    const digits = text.replace(/L$/, '');
    if (!/^-?\d{1,300}$/.test(digits)) this.refuse(`the integer "${text.slice(0, 20)}"`, 'decimal digits');
    this.push(narrow(BigInt(digits)));
  }
  double(): void {
    const { buffer, byteOffset } = this.input.take(8);
    this.push(new DataView(buffer, byteOffset).getFloat64(0));
  }
  text(bytes: number, decoder: TextDecoder): void {
    this.push(decoder.decode(this.input.take(bytes)));
  }
  bytes(count: number): void {
    this.push(this.input.take(count).slice());
  }

  global(module: Value, name: Value): void {
    if (typeof module !== 'string' || typeof name !== 'string') this.refuse('a name that is no text', 'module and name');
    const global: Global = { kind: 'global', name: `${module}.${name}` };
    this.push(global);
  }
  /** What calling the object under the parameters makes. */
  call(parameters: Value): void {
    const callee = this.pop();
    if (!isKind(parameters, 'tuple')) this.refuse(`a call with ${describeValue(parameters)}`, 'a tuple of parameters');
    if (!isKind(callee, 'opaque') && !isKind(callee, 'global')) this.refuse(`a call of ${describeValue(callee)}`, 'a function or a class');
    const made = isKind(callee, 'global') ? this.meanings.call(callee.name, parameters.items) : callee;
    this.push(made ?? { kind: 'opaque', name: callee.name });
  }
  append(items: readonly Value[]): void {
    const list = this.top();
    if (isKind(list, 'list')) for (const item of items) list.items.push(item);
    else if (!isKind(list, 'opaque')) this.refuse(`an append to ${describeValue(list)}`, 'a list');
  }
  set(pairs: readonly Value[]): void {
    const dict = this.top();
    if (pairs.length % 2 !== 0) this.refuse('a key without a value', 'pairs');
    if (isKind(dict, 'dict')) for (let at = 0; at < pairs.length; at += 2) dict.entries.set(pairs[at]!, pairs[at + 1]!);
    else if (!isKind(dict, 'opaque')) this.refuse(`an entry for ${describeValue(dict)}`, 'a dict');
  }
}

/** Two's complement. */
function littleEndian(digits: Uint8Array): bigint {
  const hexadecimal = Array.from(digits, (byte) => byte.toString(16).padStart(2, '0')).reverse();
  return BigInt.asIntN(8 * digits.length, BigInt(`0x0${hexadecimal.join('')}`));
}
const narrow = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
const list = (items: Value[]): List => ({ kind: 'list', items });

/** The operations of protocols 2 to 5 (https://github.com/python/cpython/blob/main/Lib/pickletools.py), and the textual integers of Python 2. */
const operations: Readonly<Record<string, (machine: Machine) => void>> = {
  '(': (m) => m.mark(),
  '0': (m) => void m.pop(),
  '1': (m) => void m.popMark(),
  '2': (m) => m.push(m.top()),
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  I: (m) => {
    const text = m.input.line();
    if (text === '00' || text === '01') m.push(text === '01');
    else m.decimal(text);
  },
  L: (m) => m.decimal(m.input.line()),
  J: (m) => m.integer(4),
  K: (m) => m.push(m.input.u8()),
  M: (m) => m.push(m.input.u16()),
  '\x8a': (m) => m.integer(m.input.u8()),
  '\x8b': (m) => m.integer(m.input.u32()),
  G: (m) => m.double(),
  T: (m) => m.text(m.input.u32(), latin1),
  U: (m) => m.text(m.input.u8(), latin1),
  X: (m) => m.text(m.input.u32(), utf8),
  '\x8c': (m) => m.text(m.input.u8(), utf8),
  '\x8d': (m) => m.text(m.input.u64(), utf8),
  B: (m) => m.bytes(m.input.u32()),
  C: (m) => m.bytes(m.input.u8()),
  '\x8e': (m) => m.bytes(m.input.u64()),
  '\x96': (m) => m.bytes(m.input.u64()),
  ']': (m) => m.push(list([])),
  l: (m) => m.push(list(m.popMark())),
  a: (m) => m.append([m.pop()]),
  e: (m) => m.append(m.popMark()),
  ')': (m) => m.tuple(0),
  '\x85': (m) => m.tuple(1),
  '\x86': (m) => m.tuple(2),
  '\x87': (m) => m.tuple(3),
  t: (m) => m.push({ kind: 'tuple', items: m.popMark() }),
  '}': (m) => m.push({ kind: 'dict', entries: new Map() }),
  d: (m) => {
    const pairs = m.popMark();
    m.push({ kind: 'dict', entries: new Map() });
    m.set(pairs);
  },
  s: (m) => {
    const value = m.pop();
    m.set([m.pop(), value]);
  },
  u: (m) => m.set(m.popMark()),
  '\x8f': (m) => m.push({ kind: 'opaque', name: 'set' }),
  '\x90': (m) => void m.popMark(),
  '\x91': (m) => {
    m.popMark();
    m.push({ kind: 'opaque', name: 'frozenset' });
  },
  h: (m) => m.get(m.input.u8()),
  j: (m) => m.get(m.input.u32()),
  q: (m) => m.put(m.input.u8()),
  r: (m) => m.put(m.input.u32()),
  '\x94': (m) => m.memoize(),
  c: (m) => {
    const module = m.input.line();
    m.global(module, m.input.line());
  },
  '\x93': (m) => {
    const name = m.pop();
    m.global(m.pop(), name);
  },
  R: (m) => m.call(m.pop()),
  '\x81': (m) => m.call(m.pop()),
  '\x92': (m) => {
    m.pop();
    m.call(m.pop());
  },
  /** The state of an object: attributes of a dict or a tensor say nothing of its elements, and an opaque object has none for us. */
  b: (m) => {
    m.pop();
    m.top();
  },
  Q: (m) => m.push(m.meanings.persistent(m.pop())),
  '\x80': (m) => {
    const protocol = m.input.u8();
    if (protocol < 2 || protocol > 5) m.refuse(`protocol ${protocol}`, 'protocol 2 to 5');
  },
  '\x95': (m) => {
    if (m.input.u64() > m.input.remaining) m.refuse('a frame that is longer than what follows', 'whole frames');
  },
};

const byCode = Array.from({ length: 256 }, (_, code) => operations[String.fromCharCode(code)]);
const stopCode = '.'.charCodeAt(0);

/** The value of the pickle that begins at `start`, and where it ends. Anything malformed is a BadInput about `where`. */
export function parsePickle(
  bytes: Uint8Array,
  start: number,
  where: string,
  meanings: Meanings,
): { readonly value: Value; readonly end: number } {
  const input = new PickleCursor(bytes, where);
  input.position = start;
  const machine = new Machine(input, meanings);
  for (let count = 0; count < mostOperations; count++) {
    const code = input.u8();
    if (code === stopCode) return { value: machine.pop(), end: input.position };
    const operation = byCode[code];
    if (operation) operation(machine);
    else machine.refuse(`the operation 0x${code.toString(16).padStart(2, '0')}`, 'those of protocols 2 to 5');
  }
  return machine.refuse(`more than ${mostOperations} operations`, 'a state_dict');
}
