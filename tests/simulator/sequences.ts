import { assemble, encode } from '../../src/simulator/riscv/assemble.ts';
import type { Field } from '../../src/simulator/riscv/encoding.ts';
import { type Profile, profile } from '../../src/simulator/riscv/profile.ts';
import type { CycleClass, Row } from '../../src/simulator/riscv/row.ts';
import { elfOf } from './image.ts';

/** Repeatable numbers below a limit: xorshift32. */
export function generator(seed: number): (below: number) => number {
  let state = (seed * 2654435761) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
type Draw = ReturnType<typeof generator>;

/** Pointers into the middle of the playground, which no sequence changes: x2 and x8 for compressed accesses, x30 for all others. x31 is the handler's. */
const pointers = [2, 8, 30];
const base = 0x8000_0000;
const playground = 0x2000;
const pool = 512;
const memoryRows: readonly CycleClass[] = ['load', 'store', 'float-load', 'float-store', 'atomic'];
const plainCsrs = [1, 2, 3, 0x340];
/** What comes behind its lr only, what writes a pointer, and what QEMU 7.2 does wrong: it counted the zeros of all 64 bits. */
const refused = ['sc.w', 'sc.d', 'c.addi16sp', 'ctzw'];
const isUsable = (row: Row, control: Row): boolean =>
  !['system', 'indirect-jump'].includes(control.cycles) && !refused.includes(row.mnemonic);

/** Values at which arithmetic has its edges, as 64-bit words; singles among them are boxed. */
function drawValue(draw: Draw): bigint {
  const boxed = (single: number): bigint => 0xffff_ffff_0000_0000n | BigInt(single >>> 0);
  const any = (): bigint => (BigInt(draw(2 ** 32)) << 32n) | BigInt(draw(2 ** 32));
  const singles = [0, 0x8000_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7f80_0001, 1, 0x7f_ffff, 0x80_0000, 0x7f7f_ffff, 0x3f80_0000];
  const doubles = [0x7ff0n, 0xfff0n, 0x7ff8n, 0x8000n, 0x3ff0n, 0x41e0n, 0xc1e0n, 0x43e0n, 0x0010n].map((top) => top << 48n);
  const integers = [
    0n,
    1n,
    -1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 31n - 1n,
    2n ** 63n,
    2n ** 63n - 1n,
    2n ** 32n - 1n,
    0x7ff0_0000_0000_0001n,
    1023n,
  ];
  const kind = draw(8);
  if (kind < 2) return BigInt.asUintN(64, integers[draw(integers.length)]!);
  if (kind === 2) return boxed(singles[draw(singles.length)]!);
  if (kind === 3) return boxed((draw(2) << 31) | ((100 + draw(60)) << 23) | draw(2 ** 23));
  if (kind === 4) return doubles[draw(doubles.length)]!;
  if (kind === 5) return (BigInt(draw(2)) << 63n) | (BigInt(1023 - 64 + draw(140)) << 52n) | (any() & (2n ** 52n - 1n));
  return any();
}

function drawOperand(field: Field, row: Row, isAccess: boolean, draw: Draw): number {
  const { name, pieces, width, signed } = field;
  if (/^rs1$/.test(name) && isAccess) return row.bytes === 2 ? 8 : 30;
  if (name === 'csr') return plainCsrs[draw(plainCsrs.length)]!;
  if (name === 'rm') return [0, 1, 2, 3, 4, 7][draw(6)]!;
  const held = pieces.reduce((bits, [high, low, at]) => bits + (2 ** (high - low + 1) - 1) * 2 ** at, 0);
  const bits = draw(2 ** width) & held;
  return signed && width < 32 ? (bits << (32 - width)) >> (32 - width) : bits + field.base;
}

/** Operands that keep to the rules: pointers and the handler's register are never written, the row's own exceptions are kept. */
function drawOperands(row: Row, control: Row, floatsInX: boolean, draw: Draw): Record<string, number> {
  const isAccess = memoryRows.includes(control.cycles);
  for (;;) {
    const operands = Object.fromEntries(row.fields.map((field) => [field.name, drawOperand(field, row, isAccess, draw)]));
    const written = Object.entries(operands).filter(
      ([name]) => name === 'rd' || (name === 'fd' && floatsInX) || (row.bytes === 2 && name === 'rs1' && !isAccess),
    );
    const isAllowed = row.fields.every(({ name }) => !row.except[name]?.includes(operands[name]!));
    if (isAllowed && written.every(([, register]) => !pointers.includes(register) && register !== 31)) return operands;
  }
}

interface Step {
  readonly row: Row;
  readonly control: Row;
  readonly operands: Record<string, number>;
}

/** One sequence: rows and operands; branches and jumps go forward inside it. */
function drawSequence({ rows, decoder, floatsInX }: Profile, draw: Draw): Step[] {
  const usable = rows
    .map((row) => ({ row, control: decoder.expand({ row, operands: {}, bytes: row.bytes }).row }))
    .filter(({ row, control }) => isUsable(row, control));
  const length = 8 + draw(24);
  const steps: Step[] = [];
  while (steps.length < length) {
    const { row, control } = usable[draw(usable.length)]!;
    const operands = drawOperands(row, control, floatsInX, draw);
    steps.push({ row, control, operands });
    const conditional = rows.find(({ mnemonic }) => mnemonic === row.mnemonic.replace(/^lr/, 'sc'));
    if (row.mnemonic.startsWith('lr.'))
      steps.push({ row: conditional!, control: conditional!, operands: drawOperands(conditional!, conditional!, floatsInX, draw) });
  }
  const at = steps.map((_, index) => steps.slice(0, index).reduce((sum, { row }) => sum + row.bytes, 0));
  const end = at.at(-1)! + steps.at(-1)!.row.bytes;
  return steps.map((step, index) => {
    if (step.control.control !== 'branch' && step.control.control !== 'jump') return step;
    const targets = [...at.slice(index + 1, index + 10), end];
    return { ...step, operands: { ...step.operands, offset: targets[draw(Math.min(targets.length, 9))]! - at[index]! } };
  });
}

export interface Batch {
  readonly elf: Uint8Array;
  /** Where the program leaves the states, and how many bytes: one record per sequence, then the playground. */
  readonly dump: { readonly address: number; readonly bytes: number; readonly record: number };
  /** The words of each sequence. */
  readonly sequences: readonly (readonly number[])[];
}

/**
 * A bare-metal program of sequences. Before each the registers get values from a pool; after it they and fcsr are stored. A trap skips its instruction.
 * At the end the program writes the states to the file dump.bin by semihosting, where there is any, and ends by HTIF.
 */
export function makeBatch(isa: string, seed: number, count: number): Batch {
  const draw = generator(seed);
  const isaProfile = profile(isa);
  const { xlen, rows, extensions } = isaProfile;
  const bytes = xlen / 8;
  const [load, store] = xlen === 64 ? ['ld', 'sd'] : ['lw', 'sw'];
  const hasFloats = extensions.includes('d');
  const known = new Map<string, number>();
  const line = (text: string): number => {
    const word = known.get(text) ?? assemble(text, rows);
    known.set(text, word);
    return word;
  };

  const code: number[] = []; // halfwords
  const put = (word: number, size: 2 | 4 = 4): void => {
    code.push(word & 0xffff);
    if (size === 4) code.push(word >>> 16);
  };
  const emit = (...lines: string[]): void => lines.forEach((text) => put(line(text)));
  /** The address of what lies at an offset from the program's start. */
  const address = (register: number, offset: number): void => {
    const distance = offset - 2 * code.length;
    const high = (distance + 0x800) >> 12;
    put(encode(rows.find(({ mnemonic }) => mnemonic === 'auipc')!, { rd: register, imm: high << 12 }));
    emit(`addi x${register}, x${register}, ${distance - high * 4096}`);
  };

  const registers = Array.from({ length: 29 }, (_, index) => index + 1);
  const floats = hasFloats ? Array.from({ length: 32 }, (_, index) => index) : [];
  const record = 8 * (32 + 32);
  const dataAt = 1 << 21;
  const [poolAt, tohostAt, fromhostAt, parametersAt] = [dataAt, dataAt + 0x2000, dataAt + 0x2040, dataAt + 0x2080];
  const playgroundAt = dataAt + 0x4000;
  const middle = playgroundAt + playground / 2;
  const dumpAt = playgroundAt + playground;

  put(encode(rows.find(({ mnemonic }) => mnemonic === 'jal')!, { rd: 0, offset: 32 }));
  while (code.length < 8) put(0x13);
  const handler = 2 * code.length;
  emit('csrrs x31, 833, x0', 'addi x31, x31, 4', 'csrrw x0, 833, x31');
  put(0x30200073); // mret
  address(31, handler);
  emit('csrrw x0, 773, x31', 'lui x31, 2', 'csrrs x0, 768, x31');

  const sequences: number[][] = [];
  for (let index = 0; index < count; index++) {
    address(30, poolAt + 8 * draw(pool - 256) + 1024);
    emit(`lw x31, ${8 * draw(64)}(x30)`, 'andi x31, x31, 159', 'csrrw x0, 3, x31');
    for (const f of floats) emit(`fld f${f}, ${8 * draw(64)}(x30)`);
    for (const x of registers) emit(`${load} x${x}, ${8 * draw(64)}(x30)`);
    for (const x of pointers) address(x, middle);
    const steps = drawSequence(isaProfile, draw);
    const words = steps.map(({ row, operands }) => encode(row, operands));
    for (const [i, word] of words.entries()) put(word, steps[i]!.row.bytes);
    if (code.length % 2 === 1) put(1, 2);
    sequences.push(words);
    address(31, dumpAt + index * record);
    for (const x of registers) emit(`${store} x${x}, ${8 * x}(x31)`);
    emit('csrrs x30, 3, x0', `sw x30, 0(x31)`);
    for (const f of floats) emit(`fsd f${f}, ${256 + 8 * f}(x31)`);
  }
  const dumpBytes = count * record + playground;
  // What the sequences left in the playground follows the records.
  address(5, playgroundAt);
  address(6, dumpAt + count * record);
  address(7, playgroundAt + playground);
  emit('lw x9, 0(x5)', 'sw x9, 0(x6)', 'addi x5, x5, 4', 'addi x6, x6, 4', 'bltu x5, x7, -16');
  const semihosting = (operation: number, parameters: number): void => {
    address(11, parameters);
    emit(`addi x10, x0, ${operation}`);
    while (code.length % 8 !== 0) code.push(1);
    for (const word of [0x01f01013, 0x00100073, 0x40705013]) put(word);
  };
  semihosting(1, parametersAt);
  address(11, parametersAt + 32);
  emit(`${store} x10, 0(x11)`);
  semihosting(5, parametersAt + 32);
  address(5, tohostAt);
  emit('addi x6, x0, 1', 'sw x6, 0(x5)', 'sw x0, 4(x5)', 'jal x0, -8');
  if (2 * code.length > dataAt) throw new Error(`${count} sequences are too many for one program`);

  const content = new Uint8Array(parametersAt + 0x100);
  const view = new DataView(content.buffer);
  code.forEach((half, index) => view.setUint16(2 * index, half, true));
  for (let index = 0; index < pool; index++) view.setBigUint64(poolAt + 8 * index, drawValue(draw), true);
  const name = 'dump.bin\0';
  content.set(new TextEncoder().encode(name), parametersAt + 96);
  const word = (offset: number, value: number): void => view.setUint32(parametersAt + offset, value, true);
  [base + parametersAt + 96, 5, name.length - 1].forEach((value, index) => word(bytes * index, value));
  [0, base + dumpAt, dumpBytes].forEach((value, index) => word(32 + bytes * index, value));
  const memoryBytes = dumpAt + dumpBytes;
  const elf = elfOf({ bits: xlen, address: base, content, memoryBytes, tohost: tohostAt, fromhost: fromhostAt });
  return { elf, dump: { address: base + dumpAt, bytes: dumpBytes, record }, sequences };
}
