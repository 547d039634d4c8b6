import { ones, trailingZeros } from '../bits.ts';
import { only, type Row, row } from '../row.ts';

/** Zba: addresses. */
const shiftAdd = (mnemonic: string, distance: 1 | 2 | 3, funct3: string): readonly Row[] => [
  row('alu', `${mnemonic} rd, rs1, rs2`, `0010000 rs2 rs1 ${funct3} rd 0110011` as '0010000 rs2 rs1 010 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.shiftAdd(rd, rs1, rs2, distance),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.add(x.shl(rs1, distance), rs2) }),
  }),
  ...only(64, [
    row('alu', `${mnemonic}.uw rd, rs1, rs2`, `0010000 rs2 rs1 ${funct3} rd 0111011` as '0010000 rs2 rs1 010 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => {
        core.zeroExtend(core.scratch, rs1, 32);
        core.shiftAdd(rd, core.scratch, rs2, distance);
      },
      emit: ({ rs1, rs2 }, { x }) => ({ rd: x.add(x.shl(x.unsigned(x.low(rs1)), distance), rs2) }),
    }),
  ]),
];

export const zba: readonly Row[] = [
  ...shiftAdd('sh1add', 1, '010'),
  ...shiftAdd('sh2add', 2, '100'),
  ...shiftAdd('sh3add', 3, '110'),
  ...only(64, [
    row('alu', 'add.uw rd, rs1, rs2', '0000100 rs2 rs1 000 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => {
        core.zeroExtend(core.scratch, rs1, 32);
        core.add(rd, core.scratch, rs2);
      },
      emit: ({ rs1, rs2 }, { x }) => ({ rd: x.add(x.unsigned(x.low(rs1)), rs2) }),
    }),
    row('alu', 'slli.uw rd, rs1, shamt', '000010 shamt[5:0] rs1 001 rd 0011011', {
      evaluate: ({ rd, rs1, shamt }, core) => {
        core.zeroExtend(core.scratch, rs1, 32);
        core.shiftLeft(rd, core.scratch, shamt);
      },
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.shl(x.unsigned(x.low(rs1)), shamt) }),
    }),
  ]),
];

const rotateRightWord = (value: number, distance: number): number => (value >>> distance) | (value << -distance);

/** Zbb: bits. */
export const zbb: readonly Row[] = [
  row('alu', 'andn rd, rs1, rs2', '0100000 rs2 rs1 111 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => {
      core.not(core.scratch, rs2);
      core.and(rd, rs1, core.scratch);
    },
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.and(rs1, x.xor(rs2, -1)) }),
  }),
  row('alu', 'orn rd, rs1, rs2', '0100000 rs2 rs1 110 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => {
      core.not(core.scratch, rs2);
      core.or(rd, rs1, core.scratch);
    },
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.or(rs1, x.xor(rs2, -1)) }),
  }),
  row('alu', 'xnor rd, rs1, rs2', '0100000 rs2 rs1 100 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => {
      core.xor(rd, rs1, rs2);
      core.not(rd, rd);
    },
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.xor(x.xor(rs1, rs2), -1) }),
  }),
  row('alu', 'min rd, rs1, rs2', '0000101 rs2 rs1 100 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.copy(rd, core.less(rs1, rs2) ? rs1 : rs2),
  }),
  row('alu', 'minu rd, rs1, rs2', '0000101 rs2 rs1 101 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.copy(rd, core.lessUnsigned(rs1, rs2) ? rs1 : rs2),
  }),
  row('alu', 'max rd, rs1, rs2', '0000101 rs2 rs1 110 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.copy(rd, core.less(rs1, rs2) ? rs2 : rs1),
  }),
  row('alu', 'maxu rd, rs1, rs2', '0000101 rs2 rs1 111 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.copy(rd, core.lessUnsigned(rs1, rs2) ? rs2 : rs1),
  }),
  row('alu', 'clz rd, rs1', '0110000 00000 rs1 001 rd 0010011', {
    evaluate: ({ rd, rs1 }, core) => core.countLeadingZeros(rd, rs1),
    emit: ({ rs1 }, { x }) => ({ rd: x.clz(rs1) }),
  }),
  row('alu', 'ctz rd, rs1', '0110000 00001 rs1 001 rd 0010011', {
    evaluate: ({ rd, rs1 }, core) => core.countTrailingZeros(rd, rs1),
    emit: ({ rs1 }, { x }) => ({ rd: x.ctz(rs1) }),
  }),
  row('alu', 'cpop rd, rs1', '0110000 00010 rs1 001 rd 0010011', {
    evaluate: ({ rd, rs1 }, core) => core.countOnes(rd, rs1),
    emit: ({ rs1 }, { x }) => ({ rd: x.popcnt(rs1) }),
  }),
  row('alu', 'sext.b rd, rs1', '0110000 00100 rs1 001 rd 0010011', {
    evaluate: ({ rd, rs1 }, core) => core.set(rd, (core.x[rs1]! << 24) >> 24),
    emit: ({ rs1 }, { x, i32 }) => ({ rd: x.signed(i32.shrS(i32.shl(x.low(rs1), 24), 24)) }),
  }),
  row('alu', 'sext.h rd, rs1', '0110000 00101 rs1 001 rd 0010011', {
    evaluate: ({ rd, rs1 }, core) => core.set(rd, (core.x[rs1]! << 16) >> 16),
    emit: ({ rs1 }, { x, i32 }) => ({ rd: x.signed(i32.shrS(i32.shl(x.low(rs1), 16), 16)) }),
  }),
  row('alu', 'orc.b rd, rs1', '0010100 00111 rs1 101 rd 0010011', {
    evaluate: ({ rd, rs1 }, core) => core.orCombine(rd, rs1),
  }),
  row('alu', 'rol rd, rs1, rs2', '0110000 rs2 rs1 001 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.rotateLeft(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.rotl(rs1, rs2) }),
  }),
  row('alu', 'ror rd, rs1, rs2', '0110000 rs2 rs1 101 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.rotateRight(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.rotr(rs1, rs2) }),
  }),
  ...only(32, [
    row('alu', 'rori rd, rs1, shamt', '0110000 shamt[4:0] rs1 101 rd 0010011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.rotateRight(rd, rs1, shamt),
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.rotr(rs1, shamt) }),
    }),
    row('alu', 'zext.h rd, rs1', '0000100 00000 rs1 100 rd 0110011', {
      evaluate: ({ rd, rs1 }, core) => core.zeroExtend(rd, rs1, 16),
      emit: ({ rs1 }, { x }) => ({ rd: x.and(rs1, 0xffff) }),
    }),
    row('alu', 'rev8 rd, rs1', '0110100 11000 rs1 101 rd 0010011', {
      evaluate: ({ rd, rs1 }, core) => core.reverseBytes(rd, rs1),
    }),
  ]),
  ...only(64, [
    row('alu', 'rori rd, rs1, shamt', '011000 shamt[5:0] rs1 101 rd 0010011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.rotateRight(rd, rs1, shamt),
      emit: ({ rs1, shamt }, { x }) => ({ rd: x.rotr(rs1, shamt) }),
    }),
    row('alu', 'zext.h rd, rs1', '0000100 00000 rs1 100 rd 0111011', {
      evaluate: ({ rd, rs1 }, core) => core.zeroExtend(rd, rs1, 16),
      emit: ({ rs1 }, { x }) => ({ rd: x.and(rs1, 0xffff) }),
    }),
    row('alu', 'rev8 rd, rs1', '0110101 11000 rs1 101 rd 0010011', {
      evaluate: ({ rd, rs1 }, core) => core.reverseBytes(rd, rs1),
    }),
    row('alu', 'clzw rd, rs1', '0110000 00000 rs1 001 rd 0011011', {
      evaluate: ({ rd, rs1 }, core) => core.set(rd, Math.clz32(core.x[rs1]!)),
      emit: ({ rs1 }, { x, i32 }) => ({ rd: x.unsigned(i32.clz(x.low(rs1))) }),
    }),
    row('alu', 'ctzw rd, rs1', '0110000 00001 rs1 001 rd 0011011', {
      evaluate: ({ rd, rs1 }, core) => core.set(rd, trailingZeros(core.x[rs1]!)),
      emit: ({ rs1 }, { x, i32 }) => ({ rd: x.unsigned(i32.ctz(x.low(rs1))) }),
    }),
    row('alu', 'cpopw rd, rs1', '0110000 00010 rs1 001 rd 0011011', {
      evaluate: ({ rd, rs1 }, core) => core.set(rd, ones(core.x[rs1]!)),
      emit: ({ rs1 }, { x, i32 }) => ({ rd: x.unsigned(i32.popcnt(x.low(rs1))) }),
    }),
    row('alu', 'rolw rd, rs1, rs2', '0110000 rs2 rs1 001 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, rotateRightWord(core.x[rs1]!, -core.x[rs2]!)),
      emit: ({ rs1, rs2 }, { x, i32 }) => ({ rd: x.signed(i32.rotl(x.low(rs1), x.low(rs2))) }),
    }),
    row('alu', 'rorw rd, rs1, rs2', '0110000 rs2 rs1 101 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, rotateRightWord(core.x[rs1]!, core.x[rs2]!)),
      emit: ({ rs1, rs2 }, { x, i32 }) => ({ rd: x.signed(i32.rotr(x.low(rs1), x.low(rs2))) }),
    }),
    row('alu', 'roriw rd, rs1, shamt', '0110000 shamt[4:0] rs1 101 rd 0011011', {
      evaluate: ({ rd, rs1, shamt }, core) => core.set(rd, rotateRightWord(core.x[rs1]!, core.x[shamt]!)),
      emit: ({ rs1, shamt }, { x, i32 }) => ({ rd: x.signed(i32.rotr(x.low(rs1), shamt)) }),
    }),
  ]),
];
