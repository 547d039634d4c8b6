import { only, type Row, row } from '../row.ts';

/** XpulpV2: hardware loops, whose end is the address of the last instruction of the body, and the load that waits for an event. */
export const xpulpLoops: readonly Row[] = only(32, [
  row('loop', 'lp.starti L, uimm', 'uimm[11:0] ----- 000 0000 L 1111011', {
    evaluate: ({ L, uimm, pc }, core) => core.setLoop(L, 0, pc + 2 * core.x[uimm]!),
  }),
  row('loop', 'lp.endi L, uimm', 'uimm[11:0] ----- 001 0000 L 1111011', {
    evaluate: ({ L, uimm, pc }, core) => core.setLoop(L, 1, pc + 2 * core.x[uimm]!),
  }),
  row('loop', 'lp.count L, rs1', '------------ rs1 010 0000 L 1111011', {
    evaluate: ({ L, rs1 }, core) => core.setLoop(L, 2, core.x[rs1]!),
  }),
  row('loop', 'lp.counti L, uimm', 'uimm[11:0] ----- 011 0000 L 1111011', {
    evaluate: ({ L, uimm }, core) => core.setLoop(L, 2, core.x[uimm]!),
  }),
  row('loop', 'lp.setup L, rs1, uimm', 'uimm[11:0] rs1 100 0000 L 1111011', {
    evaluate: ({ L, rs1, uimm, pc, next }, core) => {
      core.setLoop(L, 0, next);
      core.setLoop(L, 1, pc + 2 * core.x[uimm]!);
      core.setLoop(L, 2, core.x[rs1]!);
    },
  }),
  row('loop', 'lp.setupi L, uimm, shamt', 'uimm[11:0] shamt[4:0] 101 0000 L 1111011', {
    evaluate: ({ L, uimm, shamt, pc, next }, core) => {
      core.setLoop(L, 0, next);
      core.setLoop(L, 1, pc + 2 * core.x[shamt]!);
      core.setLoop(L, 2, core.x[uimm]!);
    },
  }),
  row('load', 'p.elw rd, offset(rs1)', 'offset[11:0] rs1 110 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadWord(rd, rs1, offset),
  }),
]);
