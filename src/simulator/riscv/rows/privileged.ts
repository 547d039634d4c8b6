import { popMode, status } from '../csr.ts';
import { type Row, row } from '../row.ts';

/** Machine mode, and fence.i. */
export const privileged: readonly Row[] = [
  row('system', 'mret', '00110000001000000000000001110011', {
    evaluate: (_, core) => {
      if (core.mode !== 3) core.trap('illegal instruction');
      const epc = BigInt.asIntN(64, core.csrs.get(0x341) ?? 0n);
      core.target = Number(BigInt.asIntN(32, epc));
      core.targetHigh = core.xlen === 32 ? 0 : Number(epc >> 32n);
      popMode(core);
    },
  }),
  row('system', 'wfi', '00010000010100000000000001110011', {
    evaluate: (_, core) => {
      if (core.mode !== 3 && (core.status & status.tw) !== 0) core.trap('illegal instruction');
      core.waiting = (core.pending & core.enabled) === 0;
    },
  }),
];

/** Instruction fetches after it see all stores before it. */
export const zifencei: readonly Row[] = [
  row('system', 'fence.i', 'imm[11:0] rs1 001 rd 0001111', {
    evaluate: (_, core) => {
      core.codeVersion++;
    },
  }),
];
