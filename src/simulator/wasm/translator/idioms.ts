import { isTranslated } from './floats.ts';
import type { Instruction } from './instruction.ts';

/** What recognising idioms needs of the code and the memory. */
export interface Code {
  /** The instruction that ends where this one starts, if it was found. */
  before(instruction: Instruction): Instruction | undefined;
  /** The instruction at an address. */
  at(pc: number): Instruction | undefined;
  /** A little-endian word of the main memory, sign-extended. */
  word(address: number, bytes: 4 | 8): number | undefined;
}

/** How far back a register's value is looked for, how many entries a table has, and how far from the jump they may point. */
const furthest = 400;
const longestTable = 1024;
const reach = 1 << 17;

/** Bytes of code before a place that are read in one go. */
const swept = 2048;

/**
 * The instructions before a place, by the addresses that they end at, for code that is entered in its middle. Decoding that starts in the middle of an instruction
 * falls into step with the code after a few.
 */
export function sweep(to: number, decode: Code['at']): ReadonlyMap<number, Instruction> {
  const endingAt = new Map<number, Instruction>();
  for (let pc = to - swept; pc < to; ) {
    const instruction = decode(pc);
    if (instruction !== undefined) endingAt.set(instruction.next, instruction);
    pc = instruction?.next ?? pc + 2;
  }
  return endingAt;
}

/** The target of a jump through a register that the instruction right before it has made: `auipc ra, x; jalr ra, y(ra)`. */
export function fusedTarget(jump: Instruction, { before }: Code): number | undefined {
  const maker = before(jump);
  if (maker === undefined || maker.row.mnemonic !== 'auipc' || maker.operands['rd'] !== jump.operands['rs1']) return undefined;
  return maker.pc + (maker.operands['imm'] ?? 0) + (jump.operands['offset'] ?? 0);
}

/**
 * The targets of a jump table, in the two forms that compilers write: addresses, or distances of 32 bits from the table. The table's address is looked for
 * backwards through the code; a wrong guess costs time but no correctness, because the jump compares its target with what is found here.
 */
export function tableTargets(jump: Instruction, code: Code): readonly number[] {
  const target = definition(jump.operands['rs1'] ?? 0, jump, code);
  if (target === undefined || (jump.operands['offset'] ?? 0) !== 0) return [];
  const width = loads[target.row.mnemonic];
  if (width !== undefined) return entries(tableOf(target, code), width, 0, jump, code);
  if (target.row.mnemonic !== 'add') return [];
  for (const [index, other] of [
    ['rs1', 'rs2'],
    ['rs2', 'rs1'],
  ] as const) {
    const load = definition(target.operands[index] ?? 0, target, code);
    const base = constant(target.operands[other] ?? 0, target, code);
    if (load?.row.mnemonic === 'lw' && base !== undefined) return entries(tableOf(load, code), 4, base, jump, code);
  }
  return [];
}

const loads: { readonly [mnemonic: string]: 4 | 8 } = { lw: 4, lwu: 4, ld: 8 };
const sums = ['add', 'sh1add', 'sh2add', 'sh3add'];

/** The constant part of the address that a load reads at. */
function tableOf(load: Instruction, code: Code): number | undefined {
  const sum = definition(load.operands['rs1'] ?? 0, load, code);
  if (sum === undefined || !sums.includes(sum.row.mnemonic)) return undefined;
  const base = constant(sum.operands['rs2'] ?? 0, sum, code) ?? constant(sum.operands['rs1'] ?? 0, sum, code);
  return base === undefined ? undefined : base + (load.operands['offset'] ?? 0);
}

function entries(table: number | undefined, width: 4 | 8, base: number, jump: Instruction, code: Code): readonly number[] {
  const targets = new Set<number>();
  const count = table === undefined ? 0 : Math.min(longestTable, limit(jump, code));
  for (let i = 0; i < count; i++) {
    const entry = code.word((table ?? 0) + width * i, width);
    const target = entry === undefined ? undefined : base === 0 && width === 4 ? entry >>> 0 : base + entry;
    if (target === undefined || target % 2 !== 0 || Math.abs(target - jump.pc) > reach) break;
    const first = code.at(target);
    if (first === undefined || !isTranslated(first)) break;
    targets.add(target);
  }
  return [...targets];
}

/** What a comparison with a constant before the jump says of the number of entries. */
function limit(jump: Instruction, code: Code): number {
  let at = code.before(jump);
  for (let steps = 0; at !== undefined && steps < 24; steps++, at = code.before(at)) {
    if (at.row.mnemonic !== 'bltu' && at.row.mnemonic !== 'bgeu') continue;
    for (const name of ['rs1', 'rs2']) {
      const maker = definition(at.operands[name] ?? 0, at, code);
      if (maker?.row.mnemonic === 'addi' && maker.operands['rs1'] === 0) return (maker.operands['imm'] ?? 0) + 1;
    }
    break;
  }
  return longestTable;
}

/** The last instruction before another one, in the order of addresses, that writes a register. */
function definition(register: number, user: Instruction, { before }: Code): Instruction | undefined {
  if (register === 0) return undefined;
  let at = before(user);
  for (let steps = 0; at !== undefined && steps < furthest; steps++, at = before(at)) if (at.operands['rd'] === register) return at;
  return undefined;
}

function constant(register: number, user: Instruction, code: Code): number | undefined {
  if (register === 0) return 0;
  const maker = definition(register, user, code);
  if (maker === undefined) return undefined;
  const { row, operands, pc } = maker;
  const immediate = operands['imm'] ?? 0;
  if (row.mnemonic === 'auipc') return pc + immediate;
  if (row.mnemonic === 'lui') return immediate;
  if (row.mnemonic !== 'addi' && row.mnemonic !== 'add') return undefined;
  const first = constant(operands['rs1'] ?? 0, maker, code);
  const second = row.mnemonic === 'addi' ? immediate : constant(operands['rs2'] ?? 0, maker, code);
  return first === undefined || second === undefined ? undefined : first + second;
}
