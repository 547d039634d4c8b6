import type { GemminiDeclaration } from '../../hardware/gemmini.ts';
import { halves } from './machine.ts';

/** Sizes of a product, or of a part of it. */
export interface Extents {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** A product as the array is given it. */
export interface Job extends Extents {
  /** Of one loop of the hardware at most: the products are sums of several. */
  readonly deepest?: number;
  /** The right operand is turned as it enters. */
  readonly transposed?: boolean;
  /** The sums begin with a number for each column. */
  readonly biased?: boolean;
  /** Sums leave as int8, else as int32. */
  readonly scaled?: boolean;
}

export interface Tiling extends Extents {
  /** Of the array and of its transfers, from the first command to the end of the last store. */
  readonly cycles: number;
}

/** Cycles of the core: before the first loop's commands, and from those of one loop to those of the next. */
const commands = { first: 260, loop: 170 };
/** Cycles between two transfers of one unit. */
const between = 1.5;

/** When the core has commanded a loop, and when its units are through with it. */
interface Loop {
  readonly commanded: number;
  readonly loaded: number;
  readonly multiplied: number;
  readonly storing: number;
  readonly stored: number;
}

/** Blocks of a loop: of its rows, columns and depth; it is one of several along the depth that add to the same sums. */
interface Blocks {
  readonly i: number;
  readonly j: number;
  readonly k: number;
  readonly first: boolean;
  readonly last: boolean;
}

/**
 * One loop of the hardware behind two others. Loads come in the order of its depth while the loop before multiplies, and wait for the half of
 * the scratchpad that the one before that has; bias waits for its sums to be stored. What is loaded while the same loop multiplies takes
 * cycles of the banks that are read. Blocks of sums leave while the last step along the depth makes others.
 */
function follow({ i, j, k, first, last }: Blocks, before: Loop, beforeThat: Loop, job: Job, declaration: GemminiDeclaration): Loop {
  const { dim, maxBytes, timing } = declaration;
  const { hit, execute, transposed, block, loaded: landing } = timing;
  const wide = Math.max(1, Math.floor(maxBytes / dim));
  const load = (blocks: number): number => dim * (blocks > 2 ? wide : blocks) * (dim / timing.busBytes) + between;
  const loadsOf = (blocks: number, at: number): number => (at % wide === 0 ? load(Math.min(wide, blocks - at)) : 0);
  const acrossB = Array.from({ length: j }, (_, at) => loadsOf(j, at)).reduce((sum, cycles) => sum + cycles, 0);
  const lastOfB = load(j % wide === 0 ? wide : j % wide);

  const biased = job.biased === true && first;
  const ofStore = job.scaled ? dim * Math.min(wide, j) * block.several : dim * block.full + 2;
  const commanded = Math.max(before.commanded + commands.loop, beforeThat.multiplied, beforeThat.stored - timing.entries.store * ofStore);
  const begin = Math.max(commanded, before.loaded, beforeThat.multiplied, biased ? beforeThat.stored : 0);
  const tile = job.transposed ? dim + (dim + transposed) / i : dim;
  const step = i * j * tile;
  let loaded = begin + (biased ? i * j * (dim + 2) : 0);
  const loads = Array.from({ length: k }, (_, at) => (job.transposed ? (i + j) * loadsOf(k, at) : i * loadsOf(k, at) + acrossB));
  const end = loads.reduce((sum, cycles) => sum + cycles, loaded);
  if (!job.scaled)
    for (const other of [before, beforeThat]) loaded += Math.max(0, Math.min(other.stored, end) - Math.max(other.storing, begin));
  const stolen = (i + j / i) / (i + j);
  let multiplied = before.multiplied;
  for (const cycles of loads) {
    loaded += cycles;
    const landed = loaded + hit + landing.scratchpad;
    const rest = job.transposed ? 0 : acrossB - lastOfB;
    const beside = Math.max(0, Math.min(step, end - Math.max(multiplied, loaded)));
    multiplied = Math.max(multiplied + step, landed - rest + step, landed + i * Math.min(j, wide) * tile) + stolen * beside;
  }
  if (!last) return { commanded, loaded, multiplied, storing: before.storing, stored: before.stored };
  const groups = job.scaled ? Math.ceil(j / wide) : j;
  const stores = i * groups * ofStore;
  const result = multiplied + execute.result;
  const lastStores = i * ofStore;
  const storing = Math.max(before.stored, result - step);
  const stored = Math.max(storing + stores, result + lastStores + timing.store.scaled);
  return { commanded, loaded, multiplied, storing, stored };
}

/** The cycles of a product by loops of such tiles, the last of which are smaller. */
function predict(job: Job, tile: Extents, declaration: GemminiDeclaration): number {
  const { dim } = declaration;
  const parts = (size: number, each: number): number[] => {
    const blocks = Math.ceil(size / dim);
    const most = each / dim;
    return Array.from({ length: Math.ceil(blocks / most) }, (_, index) => Math.min(most, blocks - index * most));
  };
  const [rows, columns, depth] = [parts(job.rows, tile.rows), parts(job.columns, tile.columns), parts(job.depth, tile.depth)];
  const idle: Loop = { commanded: commands.first - commands.loop, loaded: 0, multiplied: 0, storing: 0, stored: 0 };
  let [before, beforeThat] = [idle, idle];
  for (const i of rows)
    for (const j of columns)
      for (const [index, k] of depth.entries()) {
        const blocks = { i, j, k, first: index === 0, last: index === depth.length - 1 };
        [before, beforeThat] = [follow(blocks, before, beforeThat, job, declaration), before];
      }
  return before.stored + declaration.timing.fence + declaration.timing.hit;
}

/** The tile for a product: the cheapest of those that fit, the first of equals. Rows of a transfer begin where those of the bus do. */
export function chooseTiling(job: Job, declaration: GemminiDeclaration): Tiling {
  const { dim, maxBytes } = declaration;
  const { operands, sums } = halves(declaration);
  const wide = Math.max(1, Math.floor(maxBytes / dim));
  const blocks = (elements: number): number => Math.ceil(elements / dim);
  const [all, deep] = [blocks(job.columns), blocks(job.deepest ?? job.depth)];
  let best: Tiling | undefined;
  for (let i = 1; i <= Math.min(blocks(job.rows), sums); i++) {
    for (let j = 1; j <= Math.min(all, Math.floor(sums / i)); j++) {
      if (j !== all && j % wide !== 0) continue;
      const most = Math.floor(operands / (i + j));
      const k = deep <= most ? deep : Math.max(1, Math.floor(Math.ceil(deep / Math.ceil(deep / most)) / wide) * wide);
      const tile = { rows: i * dim, columns: j * dim, depth: k * dim };
      const cycles = predict(job, tile, declaration);
      if (best === undefined || cycles < best.cycles) best = { ...tile, cycles };
    }
  }
  return best!;
}
