import type { Core } from './core.ts';
import type { Instruction } from './decoder.ts';
import type { Control } from './row.ts';

/** An instruction ready to run: operands are slots and numbers in fixed places, so that every call site sees one shape. */
export class Predecoded {
  readonly evaluate: (operands: Predecoded, core: Core) => void;
  readonly control: Control;
  readonly instruction: Instruction | undefined;
  readonly word: number;
  readonly pc: number;
  readonly next: number;
  /** Jumps that are calls, and indirect ones, are yield points whatever their direction. */
  readonly yields: boolean;
  /** What a cycle model keeps with it. */
  timed: unknown = undefined;
  /** The last instruction of a hardware loop's body. */
  loopEnd = false;
  rd = 0;
  rs1 = 0;
  rs2 = 0;
  rs3 = 0;
  fd = 0;
  fs1 = 0;
  fs2 = 0;
  fs3 = 0;
  imm = 0;
  uimm = 0;
  shamt = 0;
  offset = 0;
  rm = 0;
  csr = 0;
  aqrl = 0;
  fm = 0;
  pred = 0;
  succ = 0;
  L = 0;
  funct = 0;
  position = 0;
  width = 0;

  constructor(pc: number, bytes: number, word: number, instruction: Instruction | undefined, evaluate: Predecoded['evaluate']) {
    this.pc = pc | 0;
    this.next = (pc + bytes) | 0;
    this.word = word;
    this.instruction = instruction;
    this.evaluate = evaluate;
    this.control = instruction?.row.control ?? 'system';
    this.yields = this.control === 'indirect' || (this.control === 'jump' && instruction?.operands['rd'] !== 0);
  }
}

type Operand = Exclude<keyof Predecoded, 'evaluate' | 'control' | 'instruction' | 'word' | 'pc' | 'next' | 'yields' | 'loopEnd' | 'timed'>;

/** Binds an instruction to a core's slots. Undefined: the core has no room for another constant. */
export function predecode(core: Core, pc: number, word: number, instruction: Instruction): Predecoded | undefined {
  const { row, operands, bytes } = instruction;
  if (row.evaluate === undefined) throw new Error(`${row.syntax} has no meaning`);
  const record = new Predecoded(pc, bytes, word, instruction, row.evaluate as unknown as Predecoded['evaluate']);
  record.loopEnd = core.loopEnds.has(record.pc);
  for (const name of Object.keys(operands)) {
    const slot = slotOf(core, name, operands[name] ?? 0);
    if (slot === undefined) return undefined;
    record[name as Operand] = slot;
  }
  return record;
}

function slotOf(core: Core, name: string, value: number): number | undefined {
  if (name === 'rd') return core.destination(value);
  if (name === 'rs1' || name === 'rs2' || name === 'rs3') return core.source(value);
  if (name === 'imm' || name === 'uimm' || name === 'shamt') return core.constant(value);
  if (name === 'fd') return core.floatsInX ? core.destination(value) : 2 * value;
  if (name === 'fs1' || name === 'fs2' || name === 'fs3') return core.floatsInX ? core.source(value) : 2 * value;
  return value;
}
