import { extract, type Field } from './encoding.ts';
import { mnemonicOf, operandsOf, type Row } from './row.ts';

export type Operands = { readonly [name: string]: number };
export interface Instruction {
  readonly row: Row;
  readonly operands: Operands;
  readonly bytes: 2 | 4;
}
export interface Decoder {
  /** The row as encoded. The upper half of the word is ignored when the lower two bits say 16. */
  decode(word: number): Instruction | undefined;
  /** The base instruction that a compressed one stands for; any other is itself. */
  expand(instruction: Instruction): Instruction;
}

/** Two rows that both match a word are an error when a profile is put together, not at run time. */
function refuseOverlaps(rows: readonly Row[]): void {
  for (const [i, b] of rows.entries()) {
    for (const a of rows.slice(0, i)) {
      const common = ((a.match ^ b.match) & a.mask & b.mask) === 0;
      if (common && !excludes(a, b) && !excludes(b, a)) throw new Error(`${a.syntax} and ${b.syntax} overlap in one profile`);
    }
  }
}
/** Whether the values that `a` refuses keep it away from all words of `b`. */
const excludes = (a: Row, b: Row): boolean =>
  a.fields.some(
    (field) => a.except[field.name] !== undefined && fixes(b, field) && a.except[field.name]?.includes(extract(b.match, field)),
  );
const fixes = (row: Row, { pieces }: Field): boolean =>
  pieces.every(([high, low]) => {
    const bits = ((2 ** (high - low + 1) - 1) << low) >>> 0;
    return (row.mask & bits) >>> 0 === bits;
  });

/** One decoder per ISA profile, because no global decoding exists. */
export function decoder(rows: readonly Row[]): Decoder {
  const short = table(
    rows.filter((row) => row.bytes === 2),
    compressedOpcode,
  );
  const long = table(
    rows.filter((row) => row.bytes === 4),
    majorOpcode,
  );
  const expansions = new Map(rows.filter((row) => row.expansion !== undefined).map((row) => [row, expansion(row, rows)] as const));
  const decode = (word: number): Instruction | undefined => ((word & 3) === 3 ? long(word) : short(word));
  const known = new Map<number, Instruction | undefined>();
  const expanded = new WeakMap<Instruction, Instruction>();
  return {
    decode(word) {
      const encoded = (word & 3) === 3 ? word | 0 : word & 0xffff;
      const found = known.get(encoded);
      if (found !== undefined || known.has(encoded)) return found;
      if (known.size === memory) known.clear();
      const instruction = decode(encoded);
      known.set(encoded, instruction);
      return instruction;
    },
    expand(instruction) {
      const expand = expansions.get(instruction.row);
      if (expand === undefined) return instruction;
      const base = expanded.get(instruction) ?? expand(instruction);
      expanded.set(instruction, base);
      return base;
    },
  };
}

/** The bits of a word that spread its rows best, as the manual's opcode maps show them: the major opcode, and funct3 with the quadrant. */
interface Column {
  readonly of: (word: number) => number;
  /** A word with nothing but these bits. */
  readonly word: (column: number) => number;
}
const majorOpcode: Column = { of: (word) => (word >>> 2) & 31, word: (column) => column << 2 };
const compressedOpcode: Column = {
  of: (word) => ((word >>> 11) & 28) | (word & 3),
  word: (column) => ((column & 28) << 11) | (column & 3),
};
const columns = 32;
/** Words that a decoder remembers: the same instruction is met by the interpreter, the translator and the cycle model. */
const memory = 1 << 16;

function inColumns(rows: readonly Row[], { word }: Column): readonly (readonly Row[])[] {
  const bits = word(columns - 1);
  return Array.from({ length: columns }, (_, column) => rows.filter(({ match, mask }) => ((match ^ word(column)) & mask & bits) === 0));
}

function table(rows: readonly Row[], column: Column): (word: number) => Instruction | undefined {
  const byColumn = inColumns(rows, column).map((some) => {
    refuseOverlaps(some);
    return [...new Set(some.map((row) => row.mask))].map((mask) => ({ mask, matches: grouped(some.filter((row) => row.mask === mask)) }));
  });
  return (word) => {
    for (const { mask, matches } of byColumn[column.of(word)]!) {
      const candidates = matches.get((word & mask) >>> 0);
      if (candidates === undefined) continue;
      for (const row of candidates) {
        const operands: Record<string, number> = {};
        for (const field of row.fields) operands[field.name] = extract(word, field);
        if (isAllowed(row, operands)) return { row, operands, bytes: row.bytes };
      }
    }
    return undefined;
  };
}

function isAllowed({ except }: Row, operands: Operands): boolean {
  for (const name in except) if (except[name]!.includes(operands[name] ?? 0)) return false;
  return true;
}

/** How the operands of a compressed row become those of its base row: place by place in the two assembly lines. */
function expansion(row: Row, rows: readonly Row[]): (instruction: Instruction) => Instruction {
  const line = row.expansion ?? '';
  const base = rows.find((candidate) => candidate.bytes === 4 && candidate.mnemonic === mnemonicOf(line));
  if (base === undefined) throw new Error(`${row.syntax} stands for "${line}", which is not in the profile`);
  const written = operandsOf(line);
  const places = operandsOf(base.syntax).map((name, i) => {
    const from = written[i] ?? '';
    return { name, from, constant: Number(from.replace(/^x/, '')) };
  });
  return ({ operands: encoded }) => {
    const operands: Record<string, number> = {};
    for (const { name, from, constant } of places) operands[name] = encoded[from] ?? constant;
    return { row: base, bytes: 2, operands };
  };
}

function grouped(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) groups.set(row.match, [...(groups.get(row.match) ?? []), row]);
  return groups;
}
