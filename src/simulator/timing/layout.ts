import type { CacheDeclaration, PipelineDeclaration } from '../../hardware/pipeline.ts';
import { causes } from './scoreboard.ts';

/** Lines that a filter has room for: a power of two. */
export const filterEntries = 256;

/**
 * Where the state of a cycle model lies, in bytes from the start of its part of a core's area in the linear memory, so that the interpreter, translated code
 * and whoever else reads memory (a DMA that meets dirty lines) see one state.
 */
export function timingLayout({ predictor, caches }: PipelineDeclaration) {
  let end = 0;
  const room = (bytes: number): number => {
    const start = end;
    end += bytes + (-bytes & 7);
    return start;
  };
  const tags = ({ sets, ways }: CacheDeclaration): number => room(4 * sets * ways);
  return {
    /** Start of the run in whose middle translated code was left; 0 between runs. */
    run: room(4),
    /** What the operands of the product or quotient that is on its way add to its latency. */
    surplus: room(4),
    /** Events, 64 bits each. */
    mispredicted: room(8),
    missedTargets: room(8),
    fetchMisses: room(8),
    fetchCycles: room(8),
    dataMisses: room(8),
    dataCycles: room(8),
    writebacks: room(8),
    /** Cycles that instructions wait for others, by their cause; counted from when they are first asked for. */
    waits: room(8 * causes.length),
    /** Shift registers that choose victims: of the instruction, the data and the shared cache. */
    victims: room(12),
    /** A byte a branch: 1 where it was taken last. */
    histories: room(predictor.histories),
    /** The address of a change of control whose target is known; 0 where there is none. */
    sites: room(4 * predictor.targets),
    /** The targets of indirect ones. */
    targets: room(4 * predictor.targets),
    /** Offset of the last return address in `returns`, and the addresses. */
    lastReturn: room(4),
    returns: room(4 * predictor.returns),
    /** Lines that are known to be in the data cache, to be dirty there, and to be in the instruction cache, by their low bits. */
    loads: room(4 * filterEntries),
    stores: room(4 * filterEntries),
    fetches: room(4 * filterEntries),
    /** Tags of the ways of each set: the line shifted left by 2, dirty in bit 1, valid in bit 0. */
    instructions: tags(caches.instructions),
    data: tags(caches.data),
    shared: tags(caches.shared),
    end,
  };
}
export type TimingLayout = ReturnType<typeof timingLayout>;
