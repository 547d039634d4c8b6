import type { Core } from '../core.ts';
import { accessCsr } from '../csr.ts';
import { type Row, row } from '../row.ts';

/** A slot that holds 0 because it is x0 or the constant 0: csrrs and csrrc then do not write. For x0 the slot itself decides, not its value. */
const access = (core: Core, to: number, csr: number, change: ((value: bigint) => bigint) | undefined): void =>
  core.writeBig(to, accessCsr(core, csr, change));

/** Reads and writes of control and status registers: all in one instruction, atomically. */
export const zicsr: readonly Row[] = [
  row('csr', 'csrrw rd, csr, rs1', 'csr rs1 001 rd 1110011', {
    evaluate: ({ rd, rs1, csr }, core) => access(core, rd, csr, () => core.readBig(rs1)),
  }),
  row('csr', 'csrrs rd, csr, rs1', 'csr rs1 010 rd 1110011', {
    evaluate: ({ rd, rs1, csr }, core) => access(core, rd, csr, rs1 === 0 ? undefined : (value) => value | core.readBig(rs1)),
  }),
  row('csr', 'csrrc rd, csr, rs1', 'csr rs1 011 rd 1110011', {
    evaluate: ({ rd, rs1, csr }, core) => access(core, rd, csr, rs1 === 0 ? undefined : (value) => value & ~core.readBig(rs1)),
  }),
  row('csr', 'csrrwi rd, csr, uimm', 'csr uimm 101 rd 1110011', {
    evaluate: ({ rd, uimm, csr }, core) => access(core, rd, csr, () => core.readBig(uimm)),
  }),
  row('csr', 'csrrsi rd, csr, uimm', 'csr uimm 110 rd 1110011', {
    evaluate: ({ rd, uimm, csr }, core) => access(core, rd, csr, core.x[uimm] === 0 ? undefined : (value) => value | core.readBig(uimm)),
  }),
  row('csr', 'csrrci rd, csr, uimm', 'csr uimm 111 rd 1110011', {
    evaluate: ({ rd, uimm, csr }, core) => access(core, rd, csr, core.x[uimm] === 0 ? undefined : (value) => value & ~core.readBig(uimm)),
  }),
];
