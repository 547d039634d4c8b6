import { only, type Row, row } from '../row.ts';

/** Shifts by an immediate differ in the width of the distance. */
export const shifts: readonly Row[] = [
  ...only(32, [
    row('alu', 'slli rd, rs1, shamt', '0000000 shamt[4:0] rs1 001 rd 0010011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.shiftLeft(rd, rs1, shamt),
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.shl(rs1, shamt) }),
    }),
    row('alu', 'srli rd, rs1, shamt', '0000000 shamt[4:0] rs1 101 rd 0010011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.shiftRight(rd, rs1, shamt),
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.shrU(rs1, shamt) }),
    }),
    row('alu', 'srai rd, rs1, shamt', '0100000 shamt[4:0] rs1 101 rd 0010011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.shiftRightSigned(rd, rs1, shamt),
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.shrS(rs1, shamt) }),
    }),
  ]),
  ...only(64, [
    row('alu', 'slli rd, rs1, shamt', '000000 shamt[5:0] rs1 001 rd 0010011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.shiftLeft(rd, rs1, shamt),
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.shl(rs1, shamt) }),
    }),
    row('alu', 'srli rd, rs1, shamt', '000000 shamt[5:0] rs1 101 rd 0010011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.shiftRight(rd, rs1, shamt),
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.shrU(rs1, shamt) }),
    }),
    row('alu', 'srai rd, rs1, shamt', '010000 shamt[5:0] rs1 101 rd 0010011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.shiftRightSigned(rd, rs1, shamt),
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.shrS(rs1, shamt) }),
    }),
  ]),
];

/** Doublewords, and operations on the low words whose result is sign-extended. */
export const rv64i: readonly Row[] = only(64, [
  row('load', 'ld rd, offset(rs1)', 'offset[11:0] rs1 011 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadDouble(rd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ rd: core.load(core.x.add(rs1, offset), 8, 'signed') }),
  }),
  row('load', 'lwu rd, offset(rs1)', 'offset[11:0] rs1 110 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadWordUnsigned(rd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ rd: core.load(core.x.add(rs1, offset), 4, 'unsigned') }),
  }),
  row('store', 'sd rs2, offset(rs1)', 'offset[11:5] rs2 rs1 011 offset[4:0] 0100011', {
    evaluate: ({ rs1, rs2, offset }, core) => core.storeDouble(rs1, offset, rs2),
    emit: ({ rs1, rs2, offset }, core) => core.store(core.x.add(rs1, offset), 8, rs2),
  }),
  row('alu', 'addiw rd, rs1, imm', 'imm[11:0] rs1 000 rd 0011011', {
    evaluate: ({ rd, rs1, imm }, core) => core.set(rd, core.x[rs1]! + core.x[imm]!),
    emit: ({ rs1, imm }, { x, i32 }) => ({ rd: x.signed(i32.add(x.low(rs1), imm)) }),
  }),
  row('alu', 'slliw rd, rs1, shamt', '0000000 shamt[4:0] rs1 001 rd 0011011', {
    evaluate: ({ rd, rs1, shamt }, core) => core.set(rd, core.x[rs1]! << core.x[shamt]!),
    emit: ({ rs1, shamt }, { x, i32 }) => ({ rd: x.signed(i32.shl(x.low(rs1), shamt)) }),
  }),
  row('alu', 'srliw rd, rs1, shamt', '0000000 shamt[4:0] rs1 101 rd 0011011', {
    evaluate: ({ rd, rs1, shamt }, core) => core.set(rd, core.x[rs1]! >>> core.x[shamt]!),
    emit: ({ rs1, shamt }, { x, i32 }) => ({ rd: x.signed(i32.shrU(x.low(rs1), shamt)) }),
  }),
  row('alu', 'sraiw rd, rs1, shamt', '0100000 shamt[4:0] rs1 101 rd 0011011', {
    evaluate: ({ rd, rs1, shamt }, core) => core.set(rd, core.x[rs1]! >> core.x[shamt]!),
    emit: ({ rs1, shamt }, { x, i32 }) => ({ rd: x.signed(i32.shrS(x.low(rs1), shamt)) }),
  }),
  row('alu', 'addw rd, rs1, rs2', '0000000 rs2 rs1 000 rd 0111011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs1]! + core.x[rs2]!),
    emit: ({ rs1, rs2 }, { x, i32 }) => ({ rd: x.signed(i32.add(x.low(rs1), x.low(rs2))) }),
  }),
  row('alu', 'subw rd, rs1, rs2', '0100000 rs2 rs1 000 rd 0111011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs1]! - core.x[rs2]!),
    emit: ({ rs1, rs2 }, { x, i32 }) => ({ rd: x.signed(i32.sub(x.low(rs1), x.low(rs2))) }),
  }),
  row('alu', 'sllw rd, rs1, rs2', '0000000 rs2 rs1 001 rd 0111011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs1]! << core.x[rs2]!),
    emit: ({ rs1, rs2 }, { x, i32 }) => ({ rd: x.signed(i32.shl(x.low(rs1), x.low(rs2))) }),
  }),
  row('alu', 'srlw rd, rs1, rs2', '0000000 rs2 rs1 101 rd 0111011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs1]! >>> core.x[rs2]!),
    emit: ({ rs1, rs2 }, { x, i32 }) => ({ rd: x.signed(i32.shrU(x.low(rs1), x.low(rs2))) }),
  }),
  row('alu', 'sraw rd, rs1, rs2', '0100000 rs2 rs1 101 rd 0111011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs1]! >> core.x[rs2]!),
    emit: ({ rs1, rs2 }, { x, i32 }) => ({ rd: x.signed(i32.shrS(x.low(rs1), x.low(rs2))) }),
  }),
]);
