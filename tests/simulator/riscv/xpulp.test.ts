import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assemble, encode } from '../../../src/simulator/riscv/assemble.ts';
import { disassemble } from '../../../src/simulator/riscv/disassemble.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import { xpulpv2 } from '../../../src/simulator/riscv/rows/xpulp.ts';
import { base, machine, read, write } from './harness.ts';

const isa = 'rv32imc_zfinx_xpulpv2';
const { rows, decoder } = profile(isa);

/** Values of x1 and x2 (and of x3 before), and of x3 afterwards, computed by hand from the manual's formulas. */
type Case = readonly [line: string, x1: number, x2: number, x3: number, before?: number];
const cases: readonly Case[] = [
  // Scalars
  ['p.abs x3, x1', -5, 0, 5],
  ['p.abs x3, x1', 0x80000000, 0, 0x80000000],
  ['p.slet x3, x1, x2', -1, 0, 1],
  ['p.slet x3, x1, x2', 7, 7, 1],
  ['p.slet x3, x1, x2', 8, 7, 0],
  ['p.sletu x3, x1, x2', -1, 0, 0],
  ['p.sletu x3, x1, x2', 0, -1, 1],
  ['p.avgu x3, x1, x2', 5, 8, 6],
  ['p.avgu x3, x1, x2', 0xffffffff, 3, 1],
  ['p.min x3, x1, x2', -1, 1, -1],
  ['p.minu x3, x1, x2', -1, 1, 1],
  ['p.max x3, x1, x2', -1, 1, 1],
  ['p.maxu x3, x1, x2', -1, 1, -1],
  ['p.ror x3, x1, x2', 0x12345678, 8, 0x78123456],
  ['p.ror x3, x1, x2', 0x12345678, 32, 0x12345678],
  ['p.ff1 x3, x1', 0x00000140, 0, 6],
  ['p.ff1 x3, x1', 0, 0, 32],
  ['p.fl1 x3, x1', 0x00000140, 0, 8],
  ['p.fl1 x3, x1', 0, 0, 32],
  ['p.clb x3, x1', 0x00000140, 0, 22],
  ['p.clb x3, x1', -1, 0, 31],
  ['p.clb x3, x1', 0, 0, 0],
  ['p.cnt x3, x1', 0xf0000001, 0, 5],
  ['p.exths x3, x1', 0x12348001, 0, -0x7fff],
  ['p.exthz x3, x1', 0x12348001, 0, 0x8001],
  ['p.extbs x3, x1', 0x12345680, 0, -128],
  ['p.extbz x3, x1', 0x12345680, 0, 0x80],
  // Clips: to -2^(n-1) and 2^(n-1) - 1, unsigned to 0 and 2^(n-1) - 1
  ['p.clipi x3, x1, 8', 128, 0, 127],
  ['p.clipi x3, x1, 8', -129, 0, -128],
  ['p.clipi x3, x1, 8', -100, 0, -100],
  ['p.clipi x3, x1, 0', 5, 0, 0],
  ['p.clipi x3, x1, 0', -5, 0, -1],
  ['p.clipui x3, x1, 9', 300, 0, 255],
  ['p.clipui x3, x1, 9', -3, 0, 0],
  ['p.clip x3, x1, x2', -300, 255, -256],
  ['p.clip x3, x1, x2', 300, 255, 255],
  ['p.clipu x3, x1, x2', -300, 255, 0],
  ['p.clipu x3, x1, x2', 300, 255, 255],
  // Multiply and accumulate
  ['p.mac x3, x1, x2', 7, -3, 79, 100],
  ['p.mac x3, x1, x2', 0x10001, 0x10001, 0x20002, 1],
  ['p.msu x3, x1, x2', 7, -3, 121, 100],
  ['p.muls x3, x1, x2', 0x0001ffff, 0x00020003, -3],
  ['p.mulhhs x3, x1, x2', 0xffff0001, 0x00020003, -2],
  ['p.mulu x3, x1, x2', 0xffff, 0xffff, 0xfffe0001],
  ['p.mulhhu x3, x1, x2', 0xffff0000, 0x00020003, 0x1fffe],
  ['p.mulsN x3, x1, x2, 2', -5, 3, -4],
  ['p.mulsNR x3, x1, x2, 2', -5, 3, -4],
  ['p.mulsNR x3, x1, x2, 1', -5, 3, -7],
  ['p.mulhhsN x3, x1, x2, 2', 0xfffb0000, 0x30000, -4],
  ['p.mulhhsNR x3, x1, x2, 1', 0xfffb0000, 0x30000, -7],
  ['p.muluN x3, x1, x2, 16', 0xffff, 0xffff, 0xfffe],
  ['p.muluNR x3, x1, x2, 1', 3, 5, 8],
  ['p.mulhhuN x3, x1, x2, 16', 0xffff0000, 0xffff0000, 0xfffe],
  ['p.mulhhuNR x3, x1, x2, 1', 0x30000, 0x50000, 8],
  ['p.macs x3, x1, x2', -5, 3, 85, 100],
  ['p.macsN x3, x1, x2, 2', -5, 3, -3, 4],
  ['p.macsNR x3, x1, x2, 3', -5, 3, -1, 4],
  ['p.machhs x3, x1, x2', 0xfffb0000, 0x30000, 85, 100],
  ['p.machhsN x3, x1, x2, 2', 0xfffb0000, 0x30000, -3, 4],
  ['p.machhsNR x3, x1, x2, 3', 0xfffb0000, 0x30000, -1, 4],
  ['p.macu x3, x1, x2', 0xffff, 2, 0x1ffff, 1],
  ['p.macuN x3, x1, x2, 1', 0xffff, 2, 0xffff, 1],
  ['p.macuNR x3, x1, x2, 1', 0xffff, 2, 0x10000, 1],
  ['p.machhu x3, x1, x2', 0xffff0000, 0x20000, 0x1ffff, 1],
  ['p.machhuN x3, x1, x2, 1', 0xffff0000, 0x20000, 0xffff, 1],
  ['p.machhuNR x3, x1, x2, 1', 0xffff0000, 0x20000, 0x10000, 1],
  // Sums with a shift
  ['p.addNi x3, x1, x2, 1', -4, 1, -2],
  ['p.addRNi x3, x1, x2, 1', -4, 1, -1],
  ['p.adduNi x3, x1, x2, 1', -4, 1, 0x7ffffffe],
  ['p.adduRNi x3, x1, x2, 1', -4, 1, 0x7fffffff],
  ['p.addRNi x3, x1, x2, 0', -4, 1, -3],
  ['p.subNi x3, x1, x2, 2', 1, 8, -2],
  ['p.subRNi x3, x1, x2, 2', 1, 8, -2],
  ['p.subuNi x3, x1, x2, 31', 1, 8, 1],
  ['p.subuRNi x3, x1, x2, 1', 9, 2, 4],
  ['p.addN x3, x1, x2', 5, 33, 7, 10],
  ['p.addRN x3, x1, x2', 5, 1, 8, 10],
  ['p.adduN x3, x1, x2', -16, 1, 0x7ffffffd, 10],
  ['p.adduRN x3, x1, x2', 5, 1, 8, 10],
  ['p.subN x3, x1, x2', 5, 1, 2, 10],
  ['p.subRN x3, x1, x2', 5, 1, 3, 10],
  ['p.subuN x3, x1, x2', 11, 1, 0x7fffffff, 10],
  ['p.subuRN x3, x1, x2', 5, 1, 3, 10],
  // Bit fields
  ['p.extracti x3, x1, 7, 4', 0x00000f80, 0, -8],
  ['p.extracti x3, x1, 31, 0', 0x80000001, 0, 0x80000001],
  ['p.extracti x3, x1, 15, 28', 0x80000000, 0, -8],
  ['p.extractui x3, x1, 7, 4', 0x00000f80, 0, 0xf8],
  ['p.extractui x3, x1, 15, 28', 0x80000000, 0, 8],
  ['p.extract x3, x1, x2', 0x00000f80, (7 << 5) | 4, -8],
  ['p.extractu x3, x1, x2', 0x00000f80, (7 << 5) | 4, 0xf8],
  ['p.inserti x3, x1, 7, 8', 0x123, 0, 0xffff23ff, -1],
  ['p.insert x3, x1, x2', 0x123, (7 << 5) | 8, 0xffff23ff, -1],
  ['p.bseti x3, x1, 3, 4', 0x1000, 0, 0x10f0],
  ['p.bset x3, x1, x2', 0x1000, (3 << 5) | 4, 0x10f0],
  ['p.bclri x3, x1, 3, 4', 0xffff, 0, 0xff0f],
  ['p.bclr x3, x1, x2', 0xffff, (31 << 5) | 0, 0],
  // Vectors: lane by lane
  ['pv.add.h x3, x1, x2', 0x7fff0001, 0x0001ffff, 0x80000000],
  ['pv.add.sc.h x3, x1, x2', 0x00010002, 0x77770003, 0x00040005],
  ['pv.add.sci.h x3, x1, -1', 0x00010000, 0, 0x0000ffff],
  ['pv.add.b x3, x1, x2', 0x7f01ff80, 0x01010180, 0x80020000],
  ['pv.add.sc.b x3, x1, x2', 0x01020304, 0x77777701, 0x02030405],
  ['pv.add.sci.b x3, x1, -32', 0x20406080, 0, 0x00204060],
  ['pv.sub.h x3, x1, x2', 0x00000005, 0x00010003, 0xffff0002],
  ['pv.sub.b x3, x1, x2', 0x00050a80, 0x01030a01, 0xff02007f],
  ['pv.avg.h x3, x1, x2', 0xfffb0005, 0x00000002, 0xfffd0003],
  ['pv.avg.b x3, x1, x2', 0x7f00fb05, 0x01000002, 0xc000fd03],
  ['pv.avgu.h x3, x1, x2', 0xfffb0005, 0x00000002, 0x7ffd0003],
  ['pv.avgu.b x3, x1, x2', 0xff00fb05, 0x01000002, 0x00007d03],
  ['pv.avgu.sci.b x3, x1, 63', 0x01000000, 0, 0x201f1f1f],
  ['pv.min.h x3, x1, x2', 0xffff0005, 0x00010004, 0xffff0004],
  ['pv.min.b x3, x1, x2', 0x80ff0005, 0x7f000104, 0x80ff0004],
  ['pv.minu.h x3, x1, x2', 0xffff0005, 0x00010004, 0x00010004],
  ['pv.minu.b x3, x1, x2', 0x80ff0005, 0x7f000104, 0x7f000004],
  ['pv.max.h x3, x1, x2', 0xffff0005, 0x00010004, 0x00010005],
  ['pv.max.b x3, x1, x2', 0x80ff0005, 0x7f000104, 0x7f000105],
  ['pv.maxu.h x3, x1, x2', 0xffff0005, 0x00010004, 0xffff0005],
  ['pv.maxu.b x3, x1, x2', 0x80ff0005, 0x7f000104, 0x80ff0105],
  ['pv.max.sci.b x3, x1, 0', 0x80ff7f01, 0, 0x00007f01],
  ['pv.srl.h x3, x1, x2', 0x80008000, 0x00010014, 0x40000800],
  ['pv.srl.b x3, x1, x2', 0x80808080, 0x07040109, 0x01084040],
  ['pv.sra.h x3, x1, x2', 0x80008000, 0x00010014, 0xc000f800],
  ['pv.sra.b x3, x1, x2', 0x80808080, 0x07040109, 0xfff8c0c0],
  ['pv.sll.h x3, x1, x2', 0x80018001, 0x00010014, 0x00020010],
  ['pv.sll.b x3, x1, x2', 0x81818181, 0x07040109, 0x80100202],
  ['pv.sra.sci.h x3, x1, 4', 0x80000800, 0, 0xf8000080],
  ['pv.or.h x3, x1, x2', 0x0f0f0000, 0x00ff1234, 0x0fff1234],
  ['pv.or.b x3, x1, x2', 0x0f0f0000, 0x00ff1234, 0x0fff1234],
  ['pv.xor.h x3, x1, x2', 0x0f0f0000, 0x00ff1234, 0x0ff01234],
  ['pv.xor.b x3, x1, x2', 0x0f0f0000, 0x00ff1234, 0x0ff01234],
  ['pv.and.h x3, x1, x2', 0x0f0f1111, 0x00ff1234, 0x000f1010],
  ['pv.and.b x3, x1, x2', 0x0f0f1111, 0x00ff1234, 0x000f1010],
  ['pv.and.sci.h x3, x1, -2', 0x0f0f1111, 0, 0x0f0e1110],
  ['pv.abs.h x3, x1', 0xfffe8000, 0, 0x00028000],
  ['pv.abs.b x3, x1', 0xfe807f01, 0, 0x02807f01],
  // Lanes
  ['pv.extract.h x3, x1, 1', 0x80017fff, 0, -0x7fff],
  ['pv.extract.b x3, x1, 2', 0x12f05678, 0, -16],
  ['pv.extractu.h x3, x1, 1', 0x80017fff, 0, 0x8001],
  ['pv.extractu.b x3, x1, 2', 0x12f05678, 0, 0xf0],
  ['pv.insert.h x3, x1, 1', 0x1234abcd, 0, 0xabcd2222, 0x11112222],
  ['pv.insert.b x3, x1, 2', 0x1234abcd, 0, 0x11cd2222, 0x11112222],
  ['pv.shuffle.h x3, x1, x2', 0x12345678, 0x00000001, 0x56781234],
  ['pv.shuffle.h.sci x3, x1, 1', 0x12345678, 0, 0x56781234],
  ['pv.shuffle.b x3, x1, x2', 0x12345678, 0x00010203, 0x78563412],
  ['pv.shufflei0.b.sci x3, x1, 27', 0x12345678, 0, 0x78563412],
  ['pv.shufflei1.b.sci x3, x1, 27', 0x12345678, 0, 0x56563412],
  ['pv.shufflei2.b.sci x3, x1, 27', 0x12345678, 0, 0x34563412],
  ['pv.shufflei3.b.sci x3, x1, 27', 0x12345678, 0, 0x12563412],
  ['pv.shuffle2.h x3, x1, x2', 0x12345678, 0x00020001, 0x5678aaaa, 0xaaaabbbb],
  ['pv.shuffle2.b x3, x1, x2', 0x12345678, 0x04000703, 0x78dd12aa, 0xaabbccdd],
  ['pv.pack.h x3, x1, x2', 0x12345678, 0xabcdef01, 0x5678ef01],
  ['pv.packhi.b x3, x1, x2', 0x12345678, 0xabcdef01, 0x78012222, 0x11112222],
  ['pv.packlo.b x3, x1, x2', 0x12345678, 0xabcdef01, 0x11117801, 0x11112222],
  // Dot products
  ['pv.dotsp.h x3, x1, x2', 0xffff0002, 0x00030004, 5],
  ['pv.dotsp.b x3, x1, x2', 0xff02807f, 0x03048080, 0x4000 + -16256 + 5],
  ['pv.dotup.h x3, x1, x2', 0xffff0002, 0x00030004, 0x30005],
  ['pv.dotup.b x3, x1, x2', 0xff020000, 0x03040000, 773],
  ['pv.dotusp.h x3, x1, x2', 0xffff0002, 0xffff0004, -65527],
  ['pv.dotusp.b x3, x1, x2', 0xff020000, 0xff040000, -247],
  ['pv.sdotsp.h x3, x1, x2', 0xffff0002, 0x00030004, 105, 100],
  ['pv.sdotsp.b x3, x1, x2', 0xff020000, 0x03040000, 105, 100],
  ['pv.sdotsp.b.sc x3, x1, x2', 0x01020304, 0x777777ff, 90, 100],
  ['pv.sdotsp.b.sci x3, x1, -2', 0x01020304, 0, 80, 100],
  ['pv.sdotup.h x3, x1, x2', 0xffff0002, 0x00030004, 0x30006, 1],
  ['pv.sdotup.b x3, x1, x2', 0xff020000, 0x03040000, 774, 1],
  ['pv.sdotusp.h x3, x1, x2', 0xffff0002, 0xffff0004, -65526, 1],
  ['pv.sdotusp.b x3, x1, x2', 0xff020000, 0xff040000, -246, 1],
  ['pv.dotup.b.sci x3, x1, 63', 0xff020000, 0, 63 * 257],
  // Comparisons: all ones or all zeros in each lane
  ['pv.cmpeq.h x3, x1, x2', 0x00010002, 0x00010003, 0xffff0000],
  ['pv.cmpeq.b x3, x1, x2', 0x01020304, 0x01000300, 0xff00ff00],
  ['pv.cmpne.h x3, x1, x2', 0x00010002, 0x00010003, 0x0000ffff],
  ['pv.cmpne.b x3, x1, x2', 0x01020304, 0x01000300, 0x00ff00ff],
  ['pv.cmpgt.h x3, x1, x2', 0xffff0002, 0x00010001, 0x0000ffff],
  ['pv.cmpgt.b x3, x1, x2', 0xff010203, 0x01010101, 0x0000ffff],
  ['pv.cmpge.h x3, x1, x2', 0xffff0001, 0x00010001, 0x0000ffff],
  ['pv.cmpge.b x3, x1, x2', 0xff010203, 0x01010101, 0x00ffffff],
  ['pv.cmplt.h x3, x1, x2', 0xffff0001, 0x00010001, 0xffff0000],
  ['pv.cmplt.b x3, x1, x2', 0xff010203, 0x01010101, 0xff000000],
  ['pv.cmple.h x3, x1, x2', 0xffff0001, 0x00010001, 0xffffffff],
  ['pv.cmple.b x3, x1, x2', 0xff010203, 0x01010101, 0xffff0000],
  ['pv.cmpgtu.h x3, x1, x2', 0xffff0001, 0x00010001, 0xffff0000],
  ['pv.cmpgtu.b x3, x1, x2', 0xff010203, 0x01010101, 0xff00ffff],
  ['pv.cmpgeu.h x3, x1, x2', 0xffff0001, 0x00010002, 0xffff0000],
  ['pv.cmpgeu.b x3, x1, x2', 0xff000203, 0x01010101, 0xff00ffff],
  ['pv.cmpltu.h x3, x1, x2', 0xffff0001, 0x00010002, 0x0000ffff],
  ['pv.cmpltu.b x3, x1, x2', 0xff000203, 0x01010101, 0x00ff0000],
  ['pv.cmpleu.h x3, x1, x2', 0xffff0002, 0x00010002, 0x0000ffff],
  ['pv.cmpleu.b x3, x1, x2', 0xff010203, 0x01010101, 0x00ff0000],
  ['pv.cmpltu.sci.b x3, x1, 32', 0xff1f2000, 0, 0x00ff00ff],
  // One lane for all; the upper lanes of the register are not looked at
  ['pv.sub.sc.h x3, x1, x2', 0x00050001, 0x77770003, 0x0002fffe],
  ['pv.sub.sci.h x3, x1, -1', 0x0000ffff, 0, 0x00010000],
  ['pv.sub.sc.b x3, x1, x2', 0x80050003, 0x77777704, 0x7c01fcff],
  ['pv.sub.sci.b x3, x1, 31', 0x1f20001e, 0, 0x0001e1ff],
  ['pv.avg.sc.h x3, x1, x2', 0xfffb0005, 0x77770002, 0xfffe0003],
  ['pv.avg.sci.h x3, x1, -2', 0x00010007, 0, 0xffff0002],
  ['pv.avg.sc.b x3, x1, x2', 0x7f00fb05, 0x77777701, 0xc000fe03],
  ['pv.avg.sci.b x3, x1, -32', 0x80200022, 0, 0x3000f001],
  ['pv.avgu.sc.h x3, x1, x2', 0xfffb0005, 0x77770008, 0x00010006],
  ['pv.avgu.sci.h x3, x1, 63', 0xffff0001, 0, 0x001f0020],
  ['pv.avgu.sc.b x3, x1, x2', 0xff0080fe, 0x77777702, 0x00014100],
  ['pv.min.sc.h x3, x1, x2', 0x80000005, 0x7777ffff, 0x8000ffff],
  ['pv.min.sci.h x3, x1, -3', 0xfffc0000, 0, 0xfffcfffd],
  ['pv.min.sc.b x3, x1, x2', 0x80ff0105, 0x77777701, 0x80ff0101],
  ['pv.min.sci.b x3, x1, 3', 0x7f0203ff, 0, 0x030203ff],
  ['pv.minu.sc.h x3, x1, x2', 0xffff0005, 0x77770006, 0x00060005],
  ['pv.minu.sci.h x3, x1, 63', 0xffff0005, 0, 0x003f0005],
  ['pv.minu.sc.b x3, x1, x2', 0x80ff0005, 0x7777777f, 0x7f7f0005],
  ['pv.minu.sci.b x3, x1, 63', 0x403f3eff, 0, 0x3f3f3e3f],
  ['pv.max.sc.h x3, x1, x2', 0x80000005, 0x77770001, 0x00010005],
  ['pv.max.sci.h x3, x1, -1', 0x80000003, 0, 0xffff0003],
  ['pv.max.sc.b x3, x1, x2', 0x80ff0005, 0x777777fe, 0xfeff0005],
  ['pv.maxu.sc.h x3, x1, x2', 0xffff0005, 0x77770006, 0xffff0006],
  ['pv.maxu.sci.h x3, x1, 63', 0xffff0005, 0, 0xffff003f],
  ['pv.maxu.sc.b x3, x1, x2', 0x80ff0005, 0x7777777f, 0x80ff7f7f],
  ['pv.maxu.sci.b x3, x1, 32', 0x801f2021, 0, 0x80202021],
  ['pv.srl.sc.h x3, x1, x2', 0x80008001, 0x00070014, 0x08000800],
  ['pv.srl.sci.h x3, x1, 15', 0x80007fff, 0, 0x00010000],
  ['pv.srl.sc.b x3, x1, x2', 0x80ff0180, 0x0000000b, 0x101f0010],
  ['pv.srl.sci.b x3, x1, 9', 0x80ff0102, 0, 0x407f0001],
  ['pv.sra.sc.h x3, x1, x2', 0x80007fff, 0x0007001f, 0xffff0000],
  ['pv.sra.sc.b x3, x1, x2', 0x80ff7f01, 0x00000008, 0x80ff7f01],
  ['pv.sra.sci.b x3, x1, 7', 0x80ff7f01, 0, 0xffff0000],
  ['pv.sll.sc.h x3, x1, x2', 0x80010003, 0x00070011, 0x00020006],
  ['pv.sll.sci.h x3, x1, 15', 0x00010002, 0, 0x80000000],
  ['pv.sll.sc.b x3, x1, x2', 0x81400103, 0x0000000a, 0x0400040c],
  ['pv.sll.sci.b x3, x1, 4', 0x12345678, 0, 0x20406080],
  ['pv.or.sc.h x3, x1, x2', 0x0f0f1000, 0x777700f0, 0x0fff10f0],
  ['pv.or.sci.h x3, x1, 5', 0x00028000, 0, 0x00078005],
  ['pv.or.sc.b x3, x1, x2', 0x01020408, 0x777777f0, 0xf1f2f4f8],
  ['pv.or.sci.b x3, x1, -32', 0x01020408, 0, 0xe1e2e4e8],
  ['pv.xor.sc.h x3, x1, x2', 0x0f0f1234, 0x7777ffff, 0xf0f0edcb],
  ['pv.xor.sci.h x3, x1, -1', 0x0f0f1234, 0, 0xf0f0edcb],
  ['pv.xor.sc.b x3, x1, x2', 0x00ff0f55, 0x777777ff, 0xff00f0aa],
  ['pv.xor.sci.b x3, x1, 1', 0x00010203, 0, 0x01000302],
  ['pv.and.sc.h x3, x1, x2', 0x12345678, 0x777700ff, 0x00340078],
  ['pv.and.sc.b x3, x1, x2', 0x12345678, 0x7777770f, 0x02040608],
  ['pv.and.sci.b x3, x1, -16', 0x12345678, 0, 0x10305070],
  ['pv.dotsp.h.sc x3, x1, x2', 0xffff0003, 0x77770004, 8],
  ['pv.dotsp.h.sci x3, x1, -3', 0x00020005, 0, -21],
  ['pv.dotsp.b.sc x3, x1, x2', 0xff020304, 0x777777fe, -16],
  ['pv.dotsp.b.sci x3, x1, 31', 0x807f0102, 0, 62],
  ['pv.dotup.h.sc x3, x1, x2', 0xffff0001, 0x77770002, 0x20000],
  ['pv.dotup.h.sci x3, x1, 63', 0xffff0001, 0, 63 * 65536],
  ['pv.dotup.b.sc x3, x1, x2', 0xff010203, 0x777777ff, 261 * 255],
  ['pv.dotusp.h.sc x3, x1, x2', 0xffff0001, 0x7777ffff, -65536],
  ['pv.dotusp.h.sci x3, x1, -2', 0xffff0001, 0, -131072],
  ['pv.dotusp.b.sc x3, x1, x2', 0xff010203, 0x77777780, -33408],
  ['pv.dotusp.b.sci x3, x1, -32', 0xff010203, 0, -8352],
  ['pv.sdotsp.h.sc x3, x1, x2', 0xffff0003, 0x77770004, 108, 100],
  ['pv.sdotsp.h.sci x3, x1, -3', 0x00020005, 0, -20, 1],
  ['pv.sdotup.h.sc x3, x1, x2', 0xffff0001, 0x77770002, 0x1ffff, -1],
  ['pv.sdotup.h.sci x3, x1, 63', 0xffff0001, 0, 63 * 65536 + 1, 1],
  ['pv.sdotup.b.sc x3, x1, x2', 0xff010203, 0x777777ff, 66556, 1],
  ['pv.sdotup.b.sci x3, x1, 63', 0xff010203, 0, 16450, 7],
  ['pv.sdotusp.h.sc x3, x1, x2', 0xffff0001, 0x7777ffff, 0, 65536],
  ['pv.sdotusp.h.sci x3, x1, -2', 0xffff0001, 0, -131070, 2],
  ['pv.sdotusp.b.sc x3, x1, x2', 0xff010203, 0x77777780, -33407, 1],
  ['pv.sdotusp.b.sci x3, x1, -32', 0xff010203, 0, -8000, 352],
  ['pv.cmpeq.sc.h x3, x1, x2', 0x00030004, 0x77770003, 0xffff0000],
  ['pv.cmpeq.sci.h x3, x1, -1', 0xffff0001, 0, 0xffff0000],
  ['pv.cmpeq.sc.b x3, x1, x2', 0x01020301, 0x77777701, 0xff0000ff],
  ['pv.cmpeq.sci.b x3, x1, -2', 0xfe02fe01, 0, 0xff00ff00],
  ['pv.cmpne.sc.h x3, x1, x2', 0x00030004, 0x77770003, 0x0000ffff],
  ['pv.cmpne.sci.h x3, x1, -1', 0xffff0001, 0, 0x0000ffff],
  ['pv.cmpne.sc.b x3, x1, x2', 0x01020301, 0x77777701, 0x00ffff00],
  ['pv.cmpne.sci.b x3, x1, -2', 0xfe02fe01, 0, 0x00ff00ff],
  ['pv.cmpgt.sc.h x3, x1, x2', 0x80000002, 0x77770001, 0x0000ffff],
  ['pv.cmpgt.sci.h x3, x1, -1', 0xffff0000, 0, 0x0000ffff],
  ['pv.cmpgt.sc.b x3, x1, x2', 0x7f80ff01, 0x777777ff, 0xff0000ff],
  ['pv.cmpgt.sci.b x3, x1, 31', 0x201f1e80, 0, 0xff000000],
  ['pv.cmpge.sc.h x3, x1, x2', 0x80000001, 0x77770001, 0x0000ffff],
  ['pv.cmpge.sci.h x3, x1, -1', 0xffff8000, 0, 0xffff0000],
  ['pv.cmpge.sc.b x3, x1, x2', 0x7f80ff01, 0x777777ff, 0xff00ffff],
  ['pv.cmpge.sci.b x3, x1, 31', 0x201f1e80, 0, 0xffff0000],
  ['pv.cmplt.sc.h x3, x1, x2', 0x80000001, 0x77770001, 0xffff0000],
  ['pv.cmplt.sci.h x3, x1, -1', 0xffff8000, 0, 0x0000ffff],
  ['pv.cmplt.sc.b x3, x1, x2', 0x7f80ff01, 0x777777ff, 0x00ff0000],
  ['pv.cmplt.sci.b x3, x1, 31', 0x201f1e80, 0, 0x0000ffff],
  ['pv.cmple.sc.h x3, x1, x2', 0x80000002, 0x77770001, 0xffff0000],
  ['pv.cmple.sci.h x3, x1, -1', 0xffff0000, 0, 0xffff0000],
  ['pv.cmple.sc.b x3, x1, x2', 0x7f80ff01, 0x777777ff, 0x00ffff00],
  ['pv.cmple.sci.b x3, x1, 31', 0x201f1e80, 0, 0x00ffffff],
  ['pv.cmpgtu.sc.h x3, x1, x2', 0x80000001, 0x77770001, 0xffff0000],
  ['pv.cmpgtu.sci.h x3, x1, 63', 0xffff003f, 0, 0xffff0000],
  ['pv.cmpgtu.sc.b x3, x1, x2', 0x7f80ff01, 0x7777777f, 0x00ffff00],
  ['pv.cmpgtu.sci.b x3, x1, 32', 0x801f2021, 0, 0xff0000ff],
  ['pv.cmpgeu.sc.h x3, x1, x2', 0x80000000, 0x77770001, 0xffff0000],
  ['pv.cmpgeu.sci.h x3, x1, 63', 0x003e003f, 0, 0x0000ffff],
  ['pv.cmpgeu.sc.b x3, x1, x2', 0x7f80ff01, 0x7777777f, 0xffffff00],
  ['pv.cmpgeu.sci.b x3, x1, 32', 0x801f2021, 0, 0xff00ffff],
  ['pv.cmpltu.sc.h x3, x1, x2', 0x80000000, 0x77770001, 0x0000ffff],
  ['pv.cmpltu.sci.h x3, x1, 63', 0x003e003f, 0, 0xffff0000],
  ['pv.cmpltu.sc.b x3, x1, x2', 0x7f80ff01, 0x7777777f, 0x000000ff],
  ['pv.cmpleu.sc.h x3, x1, x2', 0x80000001, 0x77770001, 0x0000ffff],
  ['pv.cmpleu.sci.h x3, x1, 63', 0x0040003f, 0, 0x0000ffff],
  ['pv.cmpleu.sc.b x3, x1, x2', 0x7f80ff01, 0x7777777f, 0xff0000ff],
  ['pv.cmpleu.sci.b x3, x1, 32', 0x801f2021, 0, 0x00ffff00],
  // Edges: sums that wrap at 32 bits before they are shifted, fields beyond bit 31, bounds that are negative
  ['p.macsNR x3, x1, x2, 22', 0, 0, 0xfffffe00, 0x7fffffff],
  ['p.macuNR x3, x1, x2, 29', 0xffff, 1, 0, 0xffff0000],
  ['p.macsN x3, x1, x2, 31', 1, 1, -1, 0x7fffffff],
  ['p.mulsN x3, x1, x2, 31', -1, 1, -1],
  ['p.muluN x3, x1, x2, 31', 0xffff, 0xffff, 1],
  ['p.addRNi x3, x1, x2, 31', 0x40000000, 0, -1],
  ['p.adduRNi x3, x1, x2, 31', 0x40000000, 0, 1],
  ['p.subRN x3, x1, x2', 5, 32, 5, 10],
  ['p.bseti x3, x1, 31, 28', 1, 0, 0xf0000001],
  ['p.bclri x3, x1, 31, 28', -1, 0, 0x0fffffff],
  ['p.inserti x3, x1, 31, 28', 0xff, 0, 0xf0000000],
  ['p.clip x3, x1, x2', 5, -1, -1],
  ['p.clip x3, x1, x2', -5, -1, 0],
  ['p.clipu x3, x1, x2', -5, -8, 0],
  ['p.clipi x3, x1, 31', 0x7fffffff, 0, 0x3fffffff],
  ['p.ff1 x3, x1', 0x80000000, 0, 31],
  ['p.fl1 x3, x1', 0x80000000, 0, 31],
  ['p.clb x3, x1', 0x80000000, 0, 0],
  ['p.clb x3, x1', 1, 0, 30],
  ['p.cnt x3, x1', -1, 0, 32],
  ['p.avgu x3, x1, x2', -1, -1, 0x7fffffff],
  ['pv.sll.b x3, x1, x2', 0x01010101, 0x08070100, 0x01800201],
];

const unsigned = (value: number): bigint => BigInt.asUintN(32, BigInt(value));

test.each(cases.map(([line, x1, x2, x3, before = 0]) => ({ line, x1, x2, x3, before })))(
  '$line of $x1 and $x2 is $x3',
  ({ line, x1, x2, x3, before }) => {
    const { core, interpreter } = machine(isa, [line]);
    for (const [i, value] of [x1, x2, before].entries()) write(core, i + 1, unsigned(value));
    interpreter.step();
    expect(read(core, 3).toString(16)).toBe(unsigned(x3).toString(16));
  },
);

describe('encodings', () => {
  const listed = readFileSync(new URL('../../fixtures/riscv/xpulp-encodings.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  test.each(listed.map((line) => line.split(',') as [string, string, string]))('%s is at %s under %s', (name, match, mask) => {
    const found = rows.filter((row) => row.mnemonic === name && row.match === Number(match));
    expect(found).toHaveLength(1);
    expect(found[0]!.mask).toBe(Number(mask));
  });

  test('what is disassembled assembles to the same word', () => {
    for (const row of rows.filter(({ mnemonic }) => /^pv?\./.test(mnemonic))) {
      const values = row.fields.map(({ name }, i): [string, number] => [name, name === 'offset' ? 16 : i + 3]);
      const operands: Readonly<Record<string, number>> = Object.fromEntries(values);
      const word = encode(row, operands);
      expect(decoder.decode(word)?.row.syntax).toBe(row.syntax);
      expect(assemble(disassemble({ row, operands, bytes: 4 }), rows)).toBe(word);
    }
  });
});

const at = base + 0x100;
/** From 0x8283f485 at x1, with 2 in x2: values of x3 and x1 afterwards. */
const loads: [line: string, x3: number, x1: number][] = [
  ['p.lb x3, -4(x1!)', 0xffffff85, at - 4],
  ['p.lbu x3, 1(x1!)', 0x85, at + 1],
  ['p.lh x3, 2(x1!)', 0xfffff485, at + 2],
  ['p.lhu x3, 2(x1!)', 0xf485, at + 2],
  ['p.lw x3, 2047(x1!)', 0x8283f485, at + 2047],
  ['p.lb x3, x2(x1!)', 0xffffff85, at + 2],
  ['p.lw x3, x2(x1!)', 0x8283f485, at + 2],
  ['p.lhu x3, x2(x1!)', 0xf485, at + 2],
  ['p.lh x3, x2(x1)', 0xffff8283, at],
  ['p.lhu x3, x2(x1)', 0x8283, at],
  ['p.lbu x3, x2(x1)', 0x83, at],
  ['p.lb x3, x2(x1)', 0xffffff83, at],
  ['p.lh x3, x2(x1!)', 0xfffff485, at + 2],
  ['p.lbu x3, x2(x1!)', 0x85, at + 2],
  ['p.lw x3, x2(x1)', 0x00008283, at],
  ['p.elw x3, 1(x1)', 0x008283f4, at],
];
/** Of 0x714 in x3, over the same: the word at the address that x1 held before, and x1. */
const stores: [line: string, memory: number, x1: number][] = [
  ['p.sb x3, -1(x1!)', 0x8283f414, at - 1],
  ['p.sh x3, 2(x1!)', 0x82830714, at + 2],
  ['p.sw x3, 4(x1!)', 0x00000714, at + 4],
  ['p.sw x3, x2(x1!)', 0x00000714, at + 2],
  ['p.sh x3, x2(x1)', 0x0714f485, at],
  ['p.sb x3, x2(x1)', 0x8214f485, at],
  ['p.sb x3, x2(x1!)', 0x8283f414, at + 2],
  ['p.sh x3, x2(x1!)', 0x82830714, at + 2],
  ['p.sw x3, x2(x1)', 0x0714f485, at],
];

describe('memory', () => {
  const run = (line: string, registers: Readonly<Record<number, number>>, word = 0x8283f485) => {
    const { core, bus, interpreter } = machine(isa, [line]);
    bus.view.setUint32(0x100, word, true);
    for (const [register, value] of Object.entries(registers)) write(core, Number(register), unsigned(value));
    interpreter.step();
    return { x: (register: number) => Number(read(core, register)), memory: bus.view.getUint32(0x100, true) };
  };

  test.each(loads)('%s loads %i and leaves the base at %i', (line, x3, x1) => {
    const after = run(line, { 1: at, 2: 2 });
    expect([after.x(3), after.x(1)]).toEqual([x3, x1]);
  });

  test.each(stores)('%s leaves %i in memory and the base at %i', (line, memory, x1) => {
    const after = run(line, { 1: at, 2: 2, 3: 0x714 });
    expect([after.memory, after.x(1)]).toEqual([memory, x1]);
  });

  test('a load into its own base keeps what was loaded, and does not add to it', () => {
    expect(run('p.lw x1, 4(x1!)', { 1: at }).x(1)).toBe(0x8283f485);
  });

  test('a load that faults leaves the base alone', () => {
    expect(run('p.lw x3, 4(x1!)', { 1: 0x100 }).x(1)).toBe(0x100);
  });
});

const branches: [line: string, taken: boolean][] = [
  ['p.beqimm x1, -16, 64', true],
  ['p.beqimm x1, 15, 64', false],
  ['p.bneimm x1, -16, 64', false],
  ['p.bneimm x1, 15, 64', true],
];
test.each(branches)('%s with -16 in x1: taken is %s', (line, taken) => {
  const { core, interpreter } = machine(isa, [line]);
  write(core, 1, unsigned(-16));
  interpreter.step();
  expect(core.pc >>> 0).toBe(base + (taken ? 64 : 4));
});

test('every instruction but the hardware loops has a case', () => {
  const lines = [...cases, ...loads, ...stores, ...branches].map(([line]) => line);
  const tested = new Set(lines.map((line) => decoder.decode(assemble(line, rows))?.row));
  const untested = xpulpv2.filter(
    (row) => row.cycles !== 'loop' && !rows.some((known) => known.syntax === row.syntax && tested.has(known)),
  );
  expect(untested.map(({ syntax }) => syntax)).toEqual([]);
});
