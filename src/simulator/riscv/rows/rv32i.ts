import type { Core } from '../core.ts';
import type { Emitter, Expression, Word } from '../emit.ts';
import { type Row, row } from '../row.ts';

type Compare = (core: Core, a: number, b: number) => boolean;
type EmitCompare = (x: Emitter['x'], a: Word, b: Word) => Expression<'i32'>;

const branch = (mnemonic: string, funct3: '000' | '001' | '100' | '101' | '110' | '111', taken: Compare, emitted: EmitCompare): Row =>
  row('branch', `${mnemonic} rs1, rs2, offset`, `offset[12|10:5] rs2 rs1 ${funct3} offset[4:1|11] 1100011`, {
    evaluate: ({ rs1, rs2, offset, pc }, core) => {
      if (taken(core, rs1, rs2)) core.jump(pc, offset);
    },
    emit: ({ rs1, rs2, offset }, core) => core.branch(emitted(core.x, rs1, rs2), core.pc + offset),
  });

/** The base integer instructions that RV32 and RV64 share; those that depend on the width work on whole words. */
export const rv32i: readonly Row[] = [
  row('alu', 'lui rd, imm', 'imm[31:12] rd 0110111', {
    evaluate: ({ rd, imm }, core) => core.copy(rd, imm),
    emit: ({ imm }, { x }) => ({ rd: x.constant(imm) }),
  }),
  row('alu', 'auipc rd, imm', 'imm[31:12] rd 0010111', {
    evaluate: ({ rd, imm, pc }, core) => {
      core.setAddress(rd, pc);
      core.add(rd, rd, imm);
    },
    emit: ({ imm }, core) => ({ rd: core.x.constant(core.pc + imm) }),
  }),
  row('jump', 'jal rd, offset', 'offset[20|10:1|11|19:12] rd 1101111', {
    evaluate: ({ rd, offset, pc, next }, core) => {
      core.jump(pc, offset);
      core.setAddress(rd, next);
    },
    emit: ({ offset }, core) => ({ rd: core.x.constant(core.next), ...core.jump(core.pc + offset) }),
  }),
  row('indirect-jump', 'jalr rd, offset(rs1)', 'offset[11:0] rs1 000 rd 1100111', {
    evaluate: ({ rd, rs1, offset, next }, core) => {
      core.jumpIndirect(rs1, offset);
      core.setAddress(rd, next);
    },
    emit: ({ rs1, offset }, core) => ({ rd: core.x.constant(core.next), ...core.jumpIndirect(core.x.add(rs1, offset)) }),
  }),

  branch(
    'beq',
    '000',
    (core, a, b) => core.equal(a, b),
    (x, a, b) => x.eq(a, b),
  ),
  branch(
    'bne',
    '001',
    (core, a, b) => !core.equal(a, b),
    (x, a, b) => x.ne(a, b),
  ),
  branch(
    'blt',
    '100',
    (core, a, b) => core.less(a, b),
    (x, a, b) => x.ltS(a, b),
  ),
  branch(
    'bge',
    '101',
    (core, a, b) => !core.less(a, b),
    (x, a, b) => x.geS(a, b),
  ),
  branch(
    'bltu',
    '110',
    (core, a, b) => core.lessUnsigned(a, b),
    (x, a, b) => x.ltU(a, b),
  ),
  branch(
    'bgeu',
    '111',
    (core, a, b) => !core.lessUnsigned(a, b),
    (x, a, b) => x.geU(a, b),
  ),

  row('load', 'lb rd, offset(rs1)', 'offset[11:0] rs1 000 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadByte(rd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ rd: core.load(core.x.add(rs1, offset), 1, 'signed') }),
  }),
  row('load', 'lh rd, offset(rs1)', 'offset[11:0] rs1 001 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadHalf(rd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ rd: core.load(core.x.add(rs1, offset), 2, 'signed') }),
  }),
  row('load', 'lw rd, offset(rs1)', 'offset[11:0] rs1 010 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadWord(rd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ rd: core.load(core.x.add(rs1, offset), 4, 'signed') }),
  }),
  row('load', 'lbu rd, offset(rs1)', 'offset[11:0] rs1 100 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadByteUnsigned(rd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ rd: core.load(core.x.add(rs1, offset), 1, 'unsigned') }),
  }),
  row('load', 'lhu rd, offset(rs1)', 'offset[11:0] rs1 101 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadHalfUnsigned(rd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ rd: core.load(core.x.add(rs1, offset), 2, 'unsigned') }),
  }),
  row('store', 'sb rs2, offset(rs1)', 'offset[11:5] rs2 rs1 000 offset[4:0] 0100011', {
    evaluate: ({ rs1, rs2, offset }, core) => core.storeByte(rs1, offset, rs2),
    emit: ({ rs1, rs2, offset }, core) => core.store(core.x.add(rs1, offset), 1, rs2),
  }),
  row('store', 'sh rs2, offset(rs1)', 'offset[11:5] rs2 rs1 001 offset[4:0] 0100011', {
    evaluate: ({ rs1, rs2, offset }, core) => core.storeHalf(rs1, offset, rs2),
    emit: ({ rs1, rs2, offset }, core) => core.store(core.x.add(rs1, offset), 2, rs2),
  }),
  row('store', 'sw rs2, offset(rs1)', 'offset[11:5] rs2 rs1 010 offset[4:0] 0100011', {
    evaluate: ({ rs1, rs2, offset }, core) => core.storeWord(rs1, offset, rs2),
    emit: ({ rs1, rs2, offset }, core) => core.store(core.x.add(rs1, offset), 4, rs2),
  }),

  row('alu', 'addi rd, rs1, imm', 'imm[11:0] rs1 000 rd 0010011', {
    evaluate: ({ rd, rs1, imm }, core) => core.add(rd, rs1, imm),
    emit: ({ rs1, imm }, { x }) => ({ rd: x.add(rs1, imm) }),
  }),
  row('alu', 'slti rd, rs1, imm', 'imm[11:0] rs1 010 rd 0010011', {
    evaluate: ({ rd, rs1, imm }, core) => core.set(rd, +core.less(rs1, imm)),
    emit: ({ rs1, imm }, { x }) => ({ rd: x.unsigned(x.ltS(rs1, imm)) }),
  }),
  row('alu', 'sltiu rd, rs1, imm', 'imm[11:0] rs1 011 rd 0010011', {
    evaluate: ({ rd, rs1, imm }, core) => core.set(rd, +core.lessUnsigned(rs1, imm)),
    emit: ({ rs1, imm }, { x }) => ({ rd: x.unsigned(x.ltU(rs1, imm)) }),
  }),
  row('alu', 'xori rd, rs1, imm', 'imm[11:0] rs1 100 rd 0010011', {
    evaluate: ({ rd, rs1, imm }, core) => core.xor(rd, rs1, imm),
    emit: ({ rs1, imm }, { x }) => ({ rd: x.xor(rs1, imm) }),
  }),
  row('alu', 'ori rd, rs1, imm', 'imm[11:0] rs1 110 rd 0010011', {
    evaluate: ({ rd, rs1, imm }, core) => core.or(rd, rs1, imm),
    emit: ({ rs1, imm }, { x }) => ({ rd: x.or(rs1, imm) }),
  }),
  row('alu', 'andi rd, rs1, imm', 'imm[11:0] rs1 111 rd 0010011', {
    evaluate: ({ rd, rs1, imm }, core) => core.and(rd, rs1, imm),
    emit: ({ rs1, imm }, { x }) => ({ rd: x.and(rs1, imm) }),
  }),

  row('alu', 'add rd, rs1, rs2', '0000000 rs2 rs1 000 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.add(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.add(rs1, rs2) }),
  }),
  row('alu', 'sub rd, rs1, rs2', '0100000 rs2 rs1 000 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.sub(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.sub(rs1, rs2) }),
  }),
  row('alu', 'sll rd, rs1, rs2', '0000000 rs2 rs1 001 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.shiftLeft(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.shl(rs1, rs2) }),
  }),
  row('alu', 'slt rd, rs1, rs2', '0000000 rs2 rs1 010 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, +core.less(rs1, rs2)),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.unsigned(x.ltS(rs1, rs2)) }),
  }),
  row('alu', 'sltu rd, rs1, rs2', '0000000 rs2 rs1 011 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, +core.lessUnsigned(rs1, rs2)),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.unsigned(x.ltU(rs1, rs2)) }),
  }),
  row('alu', 'xor rd, rs1, rs2', '0000000 rs2 rs1 100 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.xor(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.xor(rs1, rs2) }),
  }),
  row('alu', 'srl rd, rs1, rs2', '0000000 rs2 rs1 101 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.shiftRight(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.shrU(rs1, rs2) }),
  }),
  row('alu', 'sra rd, rs1, rs2', '0100000 rs2 rs1 101 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.shiftRightSigned(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.shrS(rs1, rs2) }),
  }),
  row('alu', 'or rd, rs1, rs2', '0000000 rs2 rs1 110 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.or(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.or(rs1, rs2) }),
  }),
  row('alu', 'and rd, rs1, rs2', '0000000 rs2 rs1 111 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.and(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.and(rs1, rs2) }),
  }),

  row('fence', 'fence pred, succ', 'fm pred succ rs1 000 rd 0001111', { evaluate: () => {}, emit: () => ({}) }),
  row('system', 'ecall', '00000000000000000000000001110011', {
    evaluate: (_, core) => core.trap(core.mode === 3 ? 'environment call from M-mode' : 'environment call from U-mode'),
  }),
  row('system', 'ebreak', '00000000000100000000000001110011', {
    evaluate: ({ pc }, core) => core.trap('breakpoint', pc),
  }),
];
