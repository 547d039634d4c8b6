import { only, type Row, row } from '../row.ts';

/** Integer multiplication and division. */
export const m: readonly Row[] = [
  row('multiply', 'mul rd, rs1, rs2', '0000001 rs2 rs1 000 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.mul(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.mul(rs1, rs2) }),
  }),
  row('multiply', 'mulh rd, rs1, rs2', '0000001 rs2 rs1 001 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.mulHigh(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.mulh(rs1, rs2) }),
  }),
  row('multiply', 'mulhsu rd, rs1, rs2', '0000001 rs2 rs1 010 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.mulHighSignedUnsigned(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.mulhsu(rs1, rs2) }),
  }),
  row('multiply', 'mulhu rd, rs1, rs2', '0000001 rs2 rs1 011 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.mulHighUnsigned(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.mulhu(rs1, rs2) }),
  }),
  row('divide', 'div rd, rs1, rs2', '0000001 rs2 rs1 100 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.div(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.div(rs1, rs2) }),
  }),
  row('divide', 'divu rd, rs1, rs2', '0000001 rs2 rs1 101 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.divUnsigned(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.divu(rs1, rs2) }),
  }),
  row('divide', 'rem rd, rs1, rs2', '0000001 rs2 rs1 110 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.rem(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.rem(rs1, rs2) }),
  }),
  row('divide', 'remu rd, rs1, rs2', '0000001 rs2 rs1 111 rd 0110011', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.remUnsigned(rd, rs1, rs2),
    emit: ({ rs1, rs2 }, { x }) => ({ rd: x.remu(rs1, rs2) }),
  }),
  ...only(64, [
    row('multiply', 'mulw rd, rs1, rs2', '0000001 rs2 rs1 000 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, Math.imul(core.x[rs1]!, core.x[rs2]!)),
      emit: ({ rs1, rs2 }, { x, i32 }) => ({ rd: x.signed(i32.mul(x.low(rs1), x.low(rs2))) }),
    }),
    row('divide', 'divw rd, rs1, rs2', '0000001 rs2 rs1 100 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs2] === 0 ? -1 : core.x[rs1]! / core.x[rs2]!),
      emit: ({ rs1, rs2 }, { x }) => ({ rd: x.signed(x.low(x.div(x.signed(x.low(rs1)), x.signed(x.low(rs2))))) }),
    }),
    row('divide', 'divuw rd, rs1, rs2', '0000001 rs2 rs1 101 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs2] === 0 ? -1 : (core.x[rs1]! >>> 0) / (core.x[rs2]! >>> 0)),
      emit: ({ rs1, rs2 }, { x }) => ({ rd: x.signed(x.low(x.divu(x.unsigned(x.low(rs1)), x.unsigned(x.low(rs2))))) }),
    }),
    row('divide', 'remw rd, rs1, rs2', '0000001 rs2 rs1 110 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs2] === 0 ? core.x[rs1]! : core.x[rs1]! % core.x[rs2]!),
      emit: ({ rs1, rs2 }, { x }) => ({ rd: x.signed(x.low(x.rem(x.signed(x.low(rs1)), x.signed(x.low(rs2))))) }),
    }),
    row('divide', 'remuw rd, rs1, rs2', '0000001 rs2 rs1 111 rd 0111011', {
      evaluate: ({ rd, rs1, rs2 }, core) => core.set(rd, core.x[rs2] === 0 ? core.x[rs1]! : (core.x[rs1]! >>> 0) % (core.x[rs2]! >>> 0)),
      emit: ({ rs1, rs2 }, { x }) => ({ rd: x.signed(x.low(x.remu(x.unsigned(x.low(rs1)), x.unsigned(x.low(rs2))))) }),
    }),
  ]),
];
