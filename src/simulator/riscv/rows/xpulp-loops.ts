import type { Core } from '../core.ts';
import { only, type Row, row } from '../row.ts';

/** Sets the start of a loop, or its end, which is the address of the last instruction; the other one may be that of an earlier loop. */
function setStart(core: Core, id: number, start: number): void {
  core.setLoop(id, 0, start);
  const end = core.loops[3 * id + 1]!;
  if (core.loopStarts.has(end) && start >>> 0 <= end >>> 0) core.layLoop(end, start);
}
function setEnd(core: Core, id: number, end: number, pc: number): void {
  core.setLoop(id, 1, end);
  const start = core.loops[3 * id]!;
  core.layLoop(end, start >>> 0 > pc >>> 0 ? start : undefined);
}
function setAll(core: Core, id: number, start: number, end: number, count: number): void {
  core.setLoop(id, 0, start);
  core.setLoop(id, 1, end);
  core.setLoop(id, 2, count);
  core.layLoop(end, start);
}

/** XpulpV2: hardware loops, whose end is the address of the last instruction of the body, and the load that waits for an event. */
export const xpulpLoops: readonly Row[] = only(32, [
  row('loop', 'lp.starti L, uimm', 'uimm[11:0] ----- 000 0000 L 1111011', {
    evaluate: ({ L, uimm, pc }, core) => setStart(core, L, pc + 2 * core.x[uimm]!),
    emit: ({ L, uimm }, core) => core.setLoop(L, 0, core.x.constant(core.pc + 2 * uimm)),
    lays: ({ L, uimm }, pc) => ({ id: L, start: pc + 2 * uimm }),
  }),
  row('loop', 'lp.endi L, uimm', 'uimm[11:0] ----- 001 0000 L 1111011', {
    evaluate: ({ L, uimm, pc }, core) => setEnd(core, L, pc + 2 * core.x[uimm]!, pc),
    emit: ({ L, uimm }, core) => core.setLoop(L, 1, core.x.constant(core.pc + 2 * uimm)),
    lays: ({ L, uimm }, pc) => ({ id: L, end: pc + 2 * uimm }),
  }),
  row('loop', 'lp.count L, rs1', '------------ rs1 010 0000 L 1111011', {
    evaluate: ({ L, rs1 }, core) => core.setLoop(L, 2, core.x[rs1]!),
    emit: ({ L, rs1 }, core) => core.setLoop(L, 2, rs1),
  }),
  row('loop', 'lp.counti L, uimm', 'uimm[11:0] ----- 011 0000 L 1111011', {
    evaluate: ({ L, uimm }, core) => core.setLoop(L, 2, core.x[uimm]!),
    emit: ({ L, uimm }, core) => core.setLoop(L, 2, core.x.constant(uimm)),
  }),
  row('loop', 'lp.setup L, rs1, uimm', 'uimm[11:0] rs1 100 0000 L 1111011', {
    evaluate: ({ L, rs1, uimm, pc, next }, core) => setAll(core, L, next, pc + 2 * core.x[uimm]!, core.x[rs1]!),
    emit: ({ L, rs1, uimm }, core) => {
      core.setLoop(L, 0, core.x.constant(core.next));
      core.setLoop(L, 1, core.x.constant(core.pc + 2 * uimm));
      return core.setLoop(L, 2, rs1);
    },
    lays: ({ L, uimm }, pc, next) => ({ id: L, start: next, end: pc + 2 * uimm }),
  }),
  row('loop', 'lp.setupi L, uimm, shamt', 'uimm[11:0] shamt[4:0] 101 0000 L 1111011', {
    evaluate: ({ L, uimm, shamt, pc, next }, core) => setAll(core, L, next, pc + 2 * core.x[shamt]!, core.x[uimm]!),
    emit: ({ L, uimm, shamt }, core) => {
      core.setLoop(L, 0, core.x.constant(core.next));
      core.setLoop(L, 1, core.x.constant(core.pc + 2 * shamt));
      return core.setLoop(L, 2, core.x.constant(uimm));
    },
    lays: ({ L, shamt }, pc, next) => ({ id: L, start: next, end: pc + 2 * shamt }),
  }),
  row('load', 'p.elw rd, offset(rs1)', 'offset[11:0] rs1 110 rd 0000011', {
    evaluate: ({ rd, rs1, offset }, core) => core.loadEvent(rd, rs1, offset),
  }),
]);
