/** Where an operand sits in the word: pieces from high to low, each [highest bit in the word, lowest bit in the word, lowest bit in the value]. */
export interface Field {
  readonly name: FieldName;
  readonly pieces: readonly (readonly [high: number, low: number, at: number])[];
  /** Bits of the value, from bit 0 to its highest. */
  readonly width: number;
  readonly signed: boolean;
  /** Added to the bits: the three bits of a compressed register name x8 to x15. */
  readonly base: 0 | 8;
}

/** What an encoding line says: the fixed bits and the operands between them. */
export interface Encoding {
  /** 4, or 2 for a compressed instruction. */
  readonly bytes: 2 | 4;
  readonly match: number;
  readonly mask: number;
  readonly fields: readonly Field[];
}

/** Every name that an encoding line may use, with its width where the line does not give one. */
const widths = {
  rd: 5,
  rs1: 5,
  rs2: 5,
  rs3: 5,
  fd: 5,
  fs1: 5,
  fs2: 5,
  fs3: 5,
  imm: 12,
  uimm: 5,
  shamt: 5,
  offset: 12,
  rm: 3,
  csr: 12,
  aqrl: 2,
  fm: 4,
  pred: 4,
  succ: 4,
  L: 1,
  funct: 7,
  position: 5,
  width: 5,
} as const;
export type FieldName = keyof typeof widths;
type Name<Word extends string> = Word extends `${'0' | '1' | '-'}${string}`
  ? never
  : Word extends `${infer N}'` | `${infer N}[${string}`
    ? N
    : Word;
/** The fields of an encoding line, as a type: Fields<'imm[11:0] rs1 000 rd 0010011'> is 'imm' | 'rs1' | 'rd'. */
export type Fields<Line extends string> = Line extends `${infer Word} ${infer Rest}` ? Name<Word> | Fields<Rest> : Name<Line>;

/** Negative values exist: two's complement at the width of the line. All other operands count from 0. */
const signed: ReadonlySet<FieldName> = new Set<FieldName>(['imm', 'offset']);

/**
 * Reads a line of the manual's encoding tables: constants give match and mask, names give operands. `imm[12|10:5]` lists the value's bits as the
 * manual does, `-` is a bit that the decoder ignores and the assembler leaves 0, `rd'` is the three-bit register of a compressed instruction. The line must fill 16 or 32 bits.
 */
export function parseEncoding(line: string): Encoding {
  const words = line.split(' ').map(parseWord);
  const bits = words.reduce((sum, word) => sum + word.width, 0);
  if (bits !== 16 && bits !== 32) throw new Error(`"${line}" has ${bits} bits`);
  let bit = bits;
  let match = 0;
  let mask = 0;
  const fields = new Map<FieldName, Field>();
  for (const word of words) {
    bit -= word.width;
    if ('ignored' in word) continue;
    if ('value' in word) {
      match |= word.value << bit;
      mask |= (2 ** word.width - 1) << bit;
      continue;
    }
    const { name, base } = word;
    const before = fields.get(name);
    let high = bit + word.width;
    const pieces = word.ranges.map(([top, at]) => {
      high -= top - at + 1;
      return [high + top - at, high, at] as const;
    });
    const width = Math.max(before?.width ?? 0, ...word.ranges.map(([top]) => top + 1));
    fields.set(name, { name, base, width, signed: signed.has(name), pieces: [...(before?.pieces ?? []), ...pieces] });
  }
  return { bytes: bits === 16 ? 2 : 4, match: match >>> 0, mask: mask >>> 0, fields: [...fields.values()] };
}

type Parsed =
  | { readonly width: number; readonly ignored: true }
  | { readonly width: number; readonly value: number }
  | {
      readonly width: number;
      readonly name: FieldName;
      readonly base: 0 | 8;
      readonly ranges: readonly (readonly [top: number, at: number])[];
    };

function parseWord(word: string): Parsed {
  if (/^[01]+$/.test(word)) return { width: word.length, value: Number.parseInt(word, 2) };
  if (/^-+$/.test(word)) return { width: word.length, ignored: true };
  const [, name, short, list] = /^([a-zA-Z]\w*)(')?(?:\[([\d:|]+)\])?$/.exec(word) ?? [];
  if (name === undefined || !(name in widths)) throw new Error(`"${word}" is neither bits nor an operand`);
  const field = name as FieldName;
  const whole = `${short ? 2 : widths[field] - 1}:0`;
  const ranges = (list ?? whole).split('|').map((range) => {
    const [top, at] = range.split(':').map(Number) as [number, number?];
    return [top, at ?? top] as const;
  });
  return { width: ranges.reduce((sum, [top, at]) => sum + top - at + 1, 0), name: field, base: short ? 8 : 0, ranges };
}

/** The operand's value in an instruction word. */
export function extract(word: number, { pieces, width, signed, base }: Field): number {
  let value = 0;
  for (const [high, low, at] of pieces) value |= ((word >>> low) & ((2 << (high - low)) - 1)) << at;
  return (signed ? (value << (32 - width)) >> (32 - width) : value) + base;
}

/** The bits of the word that hold this value of the operand; bits that the field leaves out are dropped. */
export function insert(value: number, { pieces, base }: Field): number {
  let word = 0;
  for (const [high, low, at] of pieces) word |= (((value - base) >>> at) & ((2 << (high - low)) - 1)) << low;
  return word >>> 0;
}
