import type { Core } from '../core.ts';
import { only, type Row, row } from '../row.ts';

/**
 * XpulpV2: loads and stores whose offset is a register, and those that add to their base afterwards. An access that faults leaves the base alone; a load
 * into its own base keeps what was loaded, which the core writes last.
 */
type Load = (core: Core, to: number, base: number, offset: number) => void;
type Store = (core: Core, base: number, offset: number, from: number) => void;

const loads: readonly { name: string; funct3: string; funct7: string; bytes: 1 | 2 | 4; extend: 'signed' | 'unsigned'; load: Load }[] = [
  {
    name: 'lb',
    funct3: '000',
    funct7: '0000000',
    bytes: 1,
    extend: 'signed',
    load: (core, to, base, offset) => core.loadByte(to, base, offset),
  },
  {
    name: 'lh',
    funct3: '001',
    funct7: '0001000',
    bytes: 2,
    extend: 'signed',
    load: (core, to, base, offset) => core.loadHalf(to, base, offset),
  },
  {
    name: 'lw',
    funct3: '010',
    funct7: '0010000',
    bytes: 4,
    extend: 'signed',
    load: (core, to, base, offset) => core.loadWord(to, base, offset),
  },
  {
    name: 'lbu',
    funct3: '100',
    funct7: '0100000',
    bytes: 1,
    extend: 'unsigned',
    load: (core, to, base, offset) => core.loadByteUnsigned(to, base, offset),
  },
  {
    name: 'lhu',
    funct3: '101',
    funct7: '0101000',
    bytes: 2,
    extend: 'unsigned',
    load: (core, to, base, offset) => core.loadHalfUnsigned(to, base, offset),
  },
];
const stores: readonly { name: string; post: string; register: string; bytes: 1 | 2 | 4; store: Store }[] = [
  { name: 'sb', post: '000', register: '100', bytes: 1, store: (core, base, offset, from) => core.storeByte(base, offset, from) },
  { name: 'sh', post: '001', register: '101', bytes: 2, store: (core, base, offset, from) => core.storeHalf(base, offset, from) },
  { name: 'sw', post: '010', register: '110', bytes: 4, store: (core, base, offset, from) => core.storeWord(base, offset, from) },
];

/** Writes the new base, unless it is x0 or the register that the load has just written. */
function advance({ x }: Core, base: number, value: number, loaded = 0): void {
  if (base !== 0 && base !== loaded) x[base] = value;
}

const loadRows = loads.flatMap(({ name, funct3, funct7, bytes, extend, load }): Row[] => [
  row('load', `p.${name} rd, imm(rs1!)`, `imm rs1 ${funct3} rd 0001011` as 'imm rs1 rd', {
    evaluate: ({ rd, rs1, imm }, core) => {
      const next = core.x[rs1]! + core.x[imm]!;
      load(core, rd, rs1, 0);
      advance(core, rs1, next, rd);
    },
    emit: ({ rs1, imm }, core) => ({ rd: core.load(rs1, bytes, extend), rs1: core.x.add(rs1, imm) }),
  }),
  row('load', `p.${name} rd, rs2(rs1)`, `${funct7} rs2 rs1 111 rd 0000011` as 'rs2 rs1 rd', {
    evaluate: ({ rd, rs1, rs2 }, core) => load(core, rd, rs1, core.x[rs2]!),
    emit: ({ rs1, rs2 }, core) => ({ rd: core.load(core.x.add(rs1, rs2), bytes, extend) }),
  }),
  row('load', `p.${name} rd, rs2(rs1!)`, `${funct7} rs2 rs1 111 rd 0001011` as 'rs2 rs1 rd', {
    evaluate: ({ rd, rs1, rs2 }, core) => {
      const next = core.x[rs1]! + core.x[rs2]!;
      load(core, rd, rs1, 0);
      advance(core, rs1, next, rd);
    },
    emit: ({ rs1, rs2 }, core) => ({ rd: core.load(rs1, bytes, extend), rs1: core.x.add(rs1, rs2) }),
  }),
]);
const storeRows = stores.flatMap(({ name, post, register, bytes, store }): Row[] => [
  row('store', `p.${name} rs2, imm(rs1!)`, `imm[11:5] rs2 rs1 ${post} imm[4:0] 0101011` as 'imm rs1 rs2', {
    evaluate: ({ rs1, rs2, imm }, core) => {
      store(core, rs1, 0, rs2);
      advance(core, rs1, core.x[rs1]! + core.x[imm]!);
    },
    emit: ({ rs1, rs2, imm }, core) => ({ ...core.store(rs1, bytes, rs2), rs1: core.x.add(rs1, imm) }),
  }),
  row('store', `p.${name} rs2, rs3(rs1)`, `0000000 rs2 rs1 ${register} rs3 0100011` as 'rs1 rs2 rs3', {
    evaluate: ({ rs1, rs2, rs3 }, core) => store(core, rs1, core.x[rs3]!, rs2),
    emit: ({ rs1, rs2, rs3 }, core) => core.store(core.x.add(rs1, rs3), bytes, rs2),
  }),
  row('store', `p.${name} rs2, rs3(rs1!)`, `0000000 rs2 rs1 ${register} rs3 0101011` as 'rs1 rs2 rs3', {
    evaluate: ({ rs1, rs2, rs3 }, core) => {
      store(core, rs1, 0, rs2);
      advance(core, rs1, core.x[rs1]! + core.x[rs3]!);
    },
    emit: ({ rs1, rs2, rs3 }, core) => ({ ...core.store(rs1, bytes, rs2), rs1: core.x.add(rs1, rs3) }),
  }),
]);

export const xpulpMemory: readonly Row[] = only(32, [...loadRows, ...storeRows]);
