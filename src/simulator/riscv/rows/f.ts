import * as f32 from '../../float/f32.ts';
import type { FloatStatus } from '../../float/status.ts';
import { type CycleClass, only, type Row, row } from '../row.ts';

const signBit = 0x80000000 | 0;

type Rounded = (a: number, b: number, mode: number, status: FloatStatus) => number;
const arithmetic = (cycles: CycleClass, mnemonic: string, funct7: string, operation: Rounded): Row =>
  row(cycles, `${mnemonic} fd, fs1, fs2, rm`, `${funct7} fs2 fs1 rm fd 1010011` as '0000000 fs2 fs1 rm fd 1010011', {
    evaluate: ({ fd, fs1, fs2, rm }, core) =>
      core.writeSingle(fd, operation(core.readSingle(fs1), core.readSingle(fs2), core.roundingMode(rm), core.floats)),
  });

/** (fs1 × fs2) + fs3 with the signs of the product and of the addend flipped. */
const fused = (mnemonic: string, opcode: string, product: number, addend: number): Row =>
  row('float-fused', `${mnemonic} fd, fs1, fs2, fs3, rm`, `fs3 00 fs2 fs1 rm fd ${opcode}` as 'fs3 00 fs2 fs1 rm fd 1000011', {
    evaluate: ({ fd, fs1, fs2, fs3, rm }, core) => {
      const a = core.readSingle(fs1) ^ product;
      const c = core.readSingle(fs3) ^ addend;
      core.writeSingle(fd, f32.fusedMultiplyAdd(a, core.readSingle(fs2), c, core.roundingMode(rm), core.floats));
    },
  });

type Unrounded = (a: number, b: number, status: FloatStatus) => number;
const choice = (cycles: CycleClass, mnemonic: string, code: string, operation: Unrounded): Row =>
  row(cycles, `${mnemonic} fd, fs1, fs2`, `${code.replace(' ', ' fs2 fs1 ')} fd 1010011` as '0010000 fs2 fs1 000 fd 1010011', {
    evaluate: ({ fd, fs1, fs2 }, core) => core.writeSingle(fd, operation(core.readSingle(fs1), core.readSingle(fs2), core.floats)),
  });
const comparison = (mnemonic: string, funct3: string, operation: Unrounded): Row =>
  row('float-compare', `${mnemonic} rd, fs1, fs2`, `1010000 fs2 fs1 ${funct3} rd 1010011` as '1010000 fs2 fs1 000 rd 1010011', {
    evaluate: ({ rd, fs1, fs2 }, core) => core.set(rd, operation(core.readSingle(fs1), core.readSingle(fs2), core.floats)),
  });

type Converted = (value: number, mode: number, status: FloatStatus) => number;
const toWord = (mnemonic: string, code: string, operation: Converted): Row =>
  row('float-convert', `${mnemonic} rd, fs1, rm`, `1100000 ${code} fs1 rm rd 1010011` as '1100000 00000 fs1 rm rd 1010011', {
    evaluate: ({ rd, fs1, rm }, core) => core.set(rd, operation(core.readSingle(fs1), core.roundingMode(rm), core.floats)),
  });
const toDouble = (mnemonic: string, code: string, operation: Converted): Row =>
  row('float-convert', `${mnemonic} rd, fs1, rm`, `1100000 ${code} fs1 rm rd 1010011` as '1100000 00000 fs1 rm rd 1010011', {
    evaluate: ({ rd, fs1, rm }, core) => {
      const low = operation(core.readSingle(fs1), core.roundingMode(rm), core.floats);
      core.setWords(rd, low, core.floats.high);
    },
  });
const fromWord = (mnemonic: string, code: string, operation: Converted): Row =>
  row('float-convert', `${mnemonic} fd, rs1, rm`, `1101000 ${code} rs1 rm fd 1010011` as '1101000 00000 rs1 rm fd 1010011', {
    evaluate: ({ fd, rs1, rm }, core) => core.writeSingle(fd, operation(core.x[rs1]!, core.roundingMode(rm), core.floats)),
  });
type ConvertedWords = (low: number, high: number, mode: number, status: FloatStatus) => number;
const fromDouble = (mnemonic: string, code: string, operation: ConvertedWords): Row =>
  row('float-convert', `${mnemonic} fd, rs1, rm`, `1101000 ${code} rs1 rm fd 1010011` as '1101000 00000 rs1 rm fd 1010011', {
    evaluate: ({ fd, rs1, rm }, core) =>
      core.writeSingle(fd, operation(core.x[rs1]!, core.x[rs1 + 1]!, core.roundingMode(rm), core.floats)),
  });

/** Single precision where the values lie does not matter: in f registers with F, in x registers with Zfinx. */
const computation: readonly Row[] = [
  arithmetic('float-add', 'fadd.s', '0000000', f32.add),
  arithmetic('float-add', 'fsub.s', '0000100', f32.subtract),
  arithmetic('float-multiply', 'fmul.s', '0001000', f32.multiply),
  arithmetic('float-divide', 'fdiv.s', '0001100', f32.divide),
  row('float-divide', 'fsqrt.s fd, fs1, rm', '0101100 00000 fs1 rm fd 1010011', {
    evaluate: ({ fd, fs1, rm }, core) => core.writeSingle(fd, f32.squareRoot(core.readSingle(fs1), core.roundingMode(rm), core.floats)),
  }),
  fused('fmadd.s', '1000011', 0, 0),
  fused('fmsub.s', '1000111', 0, signBit),
  fused('fnmsub.s', '1001011', signBit, 0),
  fused('fnmadd.s', '1001111', signBit, signBit),
  choice('float-move', 'fsgnj.s', '0010000 000', f32.signFrom),
  choice('float-move', 'fsgnjn.s', '0010000 001', f32.signFromNegated),
  choice('float-move', 'fsgnjx.s', '0010000 010', f32.signsMultiplied),
  choice('float-compare', 'fmin.s', '0010100 000', f32.minimum),
  choice('float-compare', 'fmax.s', '0010100 001', f32.maximum),
  comparison('feq.s', '010', f32.equal),
  comparison('flt.s', '001', f32.lessThan),
  comparison('fle.s', '000', f32.lessOrEqual),
  row('float-compare', 'fclass.s rd, fs1', '1110000 00000 fs1 001 rd 1010011', {
    evaluate: ({ rd, fs1 }, core) => core.set(rd, f32.classify(core.readSingle(fs1))),
  }),
  toWord('fcvt.w.s', '00000', f32.toInt32),
  toWord('fcvt.wu.s', '00001', f32.toUint32),
  fromWord('fcvt.s.w', '00000', f32.fromInt32),
  fromWord('fcvt.s.wu', '00001', f32.fromUint32),
  ...only(64, [
    toDouble('fcvt.l.s', '00010', f32.toInt64),
    toDouble('fcvt.lu.s', '00011', f32.toUint64),
    fromDouble('fcvt.s.l', '00010', f32.fromInt64),
    fromDouble('fcvt.s.lu', '00011', f32.fromUint64),
  ]),
];

export const f: readonly Row[] = [
  row('float-load', 'flw fd, offset(rs1)', 'offset[11:0] rs1 010 fd 0000111', {
    evaluate: ({ fd, rs1, offset }, core) => core.loadSingle(fd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ fd: core.f.single(core.x.low(core.load(core.x.add(rs1, offset), 4, 'signed'))) }),
  }),
  row('float-store', 'fsw fs2, offset(rs1)', 'offset[11:5] fs2 rs1 010 offset[4:0] 0100111', {
    evaluate: ({ rs1, fs2, offset }, core) => core.storeSingle(rs1, offset, fs2),
    emit: ({ rs1, fs2, offset }, core) => core.store(core.x.add(rs1, offset), 4, core.x.unsigned(core.f.lowBits(fs2))),
  }),
  row('float-move', 'fmv.x.w rd, fs1', '1110000 00000 fs1 000 rd 1010011', {
    evaluate: ({ rd, fs1 }, core) => core.set(rd, core.f[fs1]!),
    emit: ({ fs1 }, { x, f }) => ({ rd: x.signed(f.lowBits(fs1)) }),
  }),
  row('float-move', 'fmv.w.x fd, rs1', '1111000 00000 rs1 000 fd 1010011', {
    evaluate: ({ fd, rs1 }, core) => core.writeSingle(fd, core.x[rs1]!),
    emit: ({ rs1 }, { x, f }) => ({ fd: f.single(x.low(rs1)) }),
  }),
  ...computation,
];

/** The same rows over the x registers; loads, stores and moves are those of the integers. */
export const zfinx: readonly Row[] = computation.map((each) => ({ ...each, floatsInX: true }));
