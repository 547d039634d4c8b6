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

/** Two rows that both match a word: an error when a profile is put together, not at run time. */
export function overlaps(rows: readonly Row[]): readonly (readonly [Row, Row])[] {
  const pairs: [Row, Row][] = [];
  for (const [i, a] of rows.entries()) {
    for (const b of rows.slice(0, i)) {
      const common = ((a.match ^ b.match) & a.mask & b.mask) === 0;
      if (a.bytes === b.bytes && common && !excludes(a, b) && !excludes(b, a)) pairs.push([b, a]);
    }
  }
  return pairs;
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
  for (const [a, b] of overlaps(rows)) throw new Error(`${a.syntax} and ${b.syntax} overlap in one profile`);
  const short = table(rows.filter((row) => row.bytes === 2));
  const long = table(rows.filter((row) => row.bytes === 4));
  const expansions = new Map(rows.filter((row) => row.expansion !== undefined).map((row) => [row, expansion(row, rows)] as const));
  return {
    decode: (word) => ((word & 3) === 3 ? long(word) : short(word & 0xffff)),
    expand: (instruction) => expansions.get(instruction.row)?.(instruction) ?? instruction,
  };
}

function table(rows: readonly Row[]): (word: number) => Instruction | undefined {
  const masks = [...new Set(rows.map((row) => row.mask))];
  const byMask = masks.map((mask) => [mask, grouped(rows.filter((row) => row.mask === mask))] as const);
  return (word) => {
    for (const [mask, matches] of byMask) {
      for (const row of matches.get((word & mask) >>> 0) ?? []) {
        const operands = Object.fromEntries(row.fields.map((field) => [field.name, extract(word, field)]));
        if (row.fields.every(({ name }) => !row.except[name]?.includes(operands[name] ?? 0))) return { row, operands, bytes: row.bytes };
      }
    }
    return undefined;
  };
}

/** How the operands of a compressed row become those of its base row: place by place in the two assembly lines. */
function expansion(row: Row, rows: readonly Row[]): (instruction: Instruction) => Instruction {
  const line = row.expansion ?? '';
  const base = rows.find((candidate) => candidate.bytes === 4 && candidate.mnemonic === mnemonicOf(line));
  if (base === undefined) throw new Error(`${row.syntax} stands for "${line}", which is not in the profile`);
  const written = operandsOf(line);
  const places = operandsOf(base.syntax).map((name, i) => [name, written[i] ?? ''] as const);
  return ({ operands }) => ({
    row: base,
    bytes: 2,
    operands: Object.fromEntries(places.map(([name, from]) => [name, operands[from] ?? Number(from.replace(/^x/, ''))])),
  });
}

function grouped(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) groups.set(row.match, [...(groups.get(row.match) ?? []), row]);
  return groups;
}
