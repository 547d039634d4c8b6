import * as f32 from '../../float/f32.ts';
import * as f64 from '../../float/f64.ts';
import type { FloatStatus } from '../../float/status.ts';
import { type CycleClass, only, type Row, row } from '../row.ts';

const signBit = 0x80000000 | 0;

type Rounded = (aLow: number, aHigh: number, bLow: number, bHigh: number, mode: number, status: FloatStatus) => number;
const arithmetic = (cycles: CycleClass, mnemonic: string, funct7: string, operation: Rounded): Row =>
  row(cycles, `${mnemonic} fd, fs1, fs2, rm`, `${funct7} fs2 fs1 rm fd 1010011` as '0000001 fs2 fs1 rm fd 1010011', {
    evaluate: ({ fd, fs1, fs2, rm }, core) => {
      const { f } = core;
      core.writeDoubleResult(fd, operation(f[fs1]!, f[fs1 + 1]!, f[fs2]!, f[fs2 + 1]!, core.roundingMode(rm), core.floats));
    },
  });

const fused = (mnemonic: string, opcode: string, product: number, addend: number): Row =>
  row('float-fused', `${mnemonic} fd, fs1, fs2, fs3, rm`, `fs3 01 fs2 fs1 rm fd ${opcode}` as 'fs3 01 fs2 fs1 rm fd 1000011', {
    evaluate: ({ fd, fs1, fs2, fs3, rm }, core) => {
      const { f } = core;
      const a = f[fs1 + 1]! ^ product;
      const c = f[fs3 + 1]! ^ addend;
      const mode = core.roundingMode(rm);
      core.writeDoubleResult(fd, f64.fusedMultiplyAdd(f[fs1]!, a, f[fs2]!, f[fs2 + 1]!, f[fs3]!, c, mode, core.floats));
    },
  });

/** Only the high word changes. */
const sign = (mnemonic: string, funct3: string, operation: (aHigh: number, bHigh: number) => number): Row =>
  row('float-move', `${mnemonic} fd, fs1, fs2`, `0010001 fs2 fs1 ${funct3} fd 1010011` as '0010001 fs2 fs1 000 fd 1010011', {
    evaluate: ({ fd, fs1, fs2 }, { f }) => {
      f[fd + 1] = operation(f[fs1 + 1]!, f[fs2 + 1]!);
      f[fd] = f[fs1]!;
    },
  });
type Unrounded = (aLow: number, aHigh: number, bLow: number, bHigh: number, status: FloatStatus) => number;
const choice = (mnemonic: string, funct3: string, operation: Unrounded): Row =>
  row('float-compare', `${mnemonic} fd, fs1, fs2`, `0010101 fs2 fs1 ${funct3} fd 1010011` as '0010101 fs2 fs1 000 fd 1010011', {
    evaluate: ({ fd, fs1, fs2 }, core) => {
      const { f } = core;
      core.writeDoubleResult(fd, operation(f[fs1]!, f[fs1 + 1]!, f[fs2]!, f[fs2 + 1]!, core.floats));
    },
  });
const comparison = (mnemonic: string, funct3: string, operation: Unrounded): Row =>
  row('float-compare', `${mnemonic} rd, fs1, fs2`, `1010001 fs2 fs1 ${funct3} rd 1010011` as '1010001 fs2 fs1 000 rd 1010011', {
    evaluate: ({ rd, fs1, fs2 }, core) => {
      const { f } = core;
      core.set(rd, operation(f[fs1]!, f[fs1 + 1]!, f[fs2]!, f[fs2 + 1]!, core.floats));
    },
  });

type Converted = (low: number, high: number, mode: number, status: FloatStatus) => number;
const toWord = (mnemonic: string, code: string, operation: Converted): Row =>
  row('float-convert', `${mnemonic} rd, fs1, rm`, `1100001 ${code} fs1 rm rd 1010011` as '1100001 00000 fs1 rm rd 1010011', {
    evaluate: ({ rd, fs1, rm }, core) => core.set(rd, operation(core.f[fs1]!, core.f[fs1 + 1]!, core.roundingMode(rm), core.floats)),
  });
const toDouble = (mnemonic: string, code: string, operation: Converted): Row =>
  row('float-convert', `${mnemonic} rd, fs1, rm`, `1100001 ${code} fs1 rm rd 1010011` as '1100001 00000 fs1 rm rd 1010011', {
    evaluate: ({ rd, fs1, rm }, core) => {
      const low = operation(core.f[fs1]!, core.f[fs1 + 1]!, core.roundingMode(rm), core.floats);
      core.setWords(rd, low, core.floats.high);
    },
  });
/** Every 32-bit integer is a double: nothing rounds, but a reserved mode is illegal still. */
const fromWord = (mnemonic: string, code: string, operation: (value: number, status: FloatStatus) => number): Row =>
  row('float-convert', `${mnemonic} fd, rs1, rm`, `1101001 ${code} rs1 rm fd 1010011` as '1101001 00000 rs1 rm fd 1010011', {
    evaluate: ({ fd, rs1, rm }, core) => {
      core.roundingMode(rm);
      core.writeDoubleResult(fd, operation(core.x[rs1]!, core.floats));
    },
  });
const fromDouble = (mnemonic: string, code: string, operation: Converted): Row =>
  row('float-convert', `${mnemonic} fd, rs1, rm`, `1101001 ${code} rs1 rm fd 1010011` as '1101001 00000 rs1 rm fd 1010011', {
    evaluate: ({ fd, rs1, rm }, core) =>
      core.writeDoubleResult(fd, operation(core.x[rs1]!, core.x[rs1 + 1]!, core.roundingMode(rm), core.floats)),
  });

/** Double precision. */
export const d: readonly Row[] = [
  row('float-load', 'fld fd, offset(rs1)', 'offset[11:0] rs1 011 fd 0000111', {
    evaluate: ({ fd, rs1, offset }, core) => core.loadFloatDouble(fd, rs1, offset),
    emit: ({ rs1, offset }, core) => ({ fd: core.f.double(core.load64(core.x.add(rs1, offset))) }),
  }),
  row('float-store', 'fsd fs2, offset(rs1)', 'offset[11:5] fs2 rs1 011 offset[4:0] 0100111', {
    evaluate: ({ rs1, fs2, offset }, core) => core.storeFloatDouble(rs1, offset, fs2),
    emit: ({ rs1, fs2, offset }, core) => core.store64(core.x.add(rs1, offset), core.f.bits(fs2)),
  }),
  arithmetic('float-add', 'fadd.d', '0000001', f64.add),
  arithmetic('float-add', 'fsub.d', '0000101', f64.subtract),
  arithmetic('float-multiply', 'fmul.d', '0001001', f64.multiply),
  arithmetic('float-divide', 'fdiv.d', '0001101', f64.divide),
  row('float-divide', 'fsqrt.d fd, fs1, rm', '0101101 00000 fs1 rm fd 1010011', {
    evaluate: ({ fd, fs1, rm }, core) =>
      core.writeDoubleResult(fd, f64.squareRoot(core.f[fs1]!, core.f[fs1 + 1]!, core.roundingMode(rm), core.floats)),
  }),
  fused('fmadd.d', '1000011', 0, 0),
  fused('fmsub.d', '1000111', 0, signBit),
  fused('fnmsub.d', '1001011', signBit, 0),
  fused('fnmadd.d', '1001111', signBit, signBit),
  sign('fsgnj.d', '000', f64.signFrom),
  sign('fsgnjn.d', '001', f64.signFromNegated),
  sign('fsgnjx.d', '010', f64.signsMultiplied),
  choice('fmin.d', '000', f64.minimum),
  choice('fmax.d', '001', f64.maximum),
  comparison('feq.d', '010', f64.equal),
  comparison('flt.d', '001', f64.lessThan),
  comparison('fle.d', '000', f64.lessOrEqual),
  row('float-compare', 'fclass.d rd, fs1', '1110001 00000 fs1 001 rd 1010011', {
    evaluate: ({ rd, fs1 }, core) => core.set(rd, f64.classify(core.f[fs1]!, core.f[fs1 + 1]!)),
  }),
  row('float-convert', 'fcvt.s.d fd, fs1, rm', '0100000 00001 fs1 rm fd 1010011', {
    evaluate: ({ fd, fs1, rm }, core) =>
      core.writeSingle(fd, f32.fromDouble(core.f[fs1]!, core.f[fs1 + 1]!, core.roundingMode(rm), core.floats)),
  }),
  row('float-convert', 'fcvt.d.s fd, fs1, rm', '0100001 00000 fs1 rm fd 1010011', {
    evaluate: ({ fd, fs1, rm }, core) => {
      core.roundingMode(rm);
      core.writeDoubleResult(fd, f64.fromSingle(core.readSingle(fs1), core.floats));
    },
  }),
  toWord('fcvt.w.d', '00000', f64.toInt32),
  toWord('fcvt.wu.d', '00001', f64.toUint32),
  fromWord('fcvt.d.w', '00000', f64.fromInt32),
  fromWord('fcvt.d.wu', '00001', f64.fromUint32),
  ...only(64, [
    toDouble('fcvt.l.d', '00010', f64.toInt64),
    toDouble('fcvt.lu.d', '00011', f64.toUint64),
    fromDouble('fcvt.d.l', '00010', f64.fromInt64),
    fromDouble('fcvt.d.lu', '00011', f64.fromUint64),
    row('float-move', 'fmv.x.d rd, fs1', '1110001 00000 fs1 000 rd 1010011', {
      evaluate: ({ rd, fs1 }, core) => core.setWords(rd, core.f[fs1]!, core.f[fs1 + 1]!),
      emit: ({ fs1 }, { x, f }) => ({ rd: x.ofI64(f.bits(fs1)) }),
    }),
    row('float-move', 'fmv.d.x fd, rs1', '1111001 00000 rs1 000 fd 1010011', {
      evaluate: ({ fd, rs1 }, core) => {
        core.f[fd] = core.x[rs1]!;
        core.f[fd + 1] = core.x[rs1 + 1]!;
      },
      emit: ({ rs1 }, { x, f }) => ({ fd: f.double(x.toI64(rs1)) }),
    }),
  ]),
];
