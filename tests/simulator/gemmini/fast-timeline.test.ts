import { beforeAll, describe, expect, it } from 'vitest';
import { type GemminiDeclaration, gemmini } from '../../../src/hardware/gemmini.ts';
import type { CachesDeclaration } from '../../../src/hardware/pipeline.ts';
import { rocket } from '../../../src/hardware/rocket.ts';
import { FastTimeline } from '../../../src/simulator/devices/gemmini/fast-timeline.ts';
import { nowhere, type Operand } from '../../../src/simulator/devices/gemmini/operands.ts';
import { PlainTimeline, type Queue, type Timeline } from '../../../src/simulator/devices/gemmini/timeline.ts';
import { Caches } from '../../../src/simulator/timing/caches.ts';
import { timingLayout } from '../../../src/simulator/timing/layout.ts';
import { random, sums } from './harness.ts';
import { builtTimeline } from './native.ts';

const few = { scratchpad: { banks: 4, rows: 256 }, accumulator: { banks: 2, rows: 128 } };
const declarations: readonly GemminiDeclaration[] = [
  gemmini,
  { ...gemmini, ...few },
  { ...gemmini, ...few, dim: 8, timing: { ...gemmini.timing, busBytes: 8, requests: 4, writes: 3, misses: 2 } },
  { ...gemmini, ...few, dim: 32, maxBytes: 128, timing: { ...gemmini.timing, entries: { load: 2, execute: 3, store: 2 } } },
];

/** Caches of few lines, so that they are lost often. */
const small: CachesDeclaration = {
  ...rocket.caches,
  data: { sets: 4, ways: 2 },
  shared: { sets: 8, ways: 4 },
  memoryLatency: 40,
};

interface Side {
  readonly timeline: Timeline;
  readonly caches: Caches | undefined;
  /** All state of the caches. */
  readonly state: Uint8Array;
}

/** A timeline beside caches of its own, whose state is at 64. */
function sideOf(declaration: GemminiDeclaration, costs: CachesDeclaration | undefined, module: WebAssembly.Module | undefined): Side {
  const memory = new WebAssembly.Memory({ initial: 64 });
  const layout = timingLayout({ ...rocket, caches: costs ?? rocket.caches });
  const caches = costs && new Caches(memory, 64, layout, costs);
  const [at, bytes] = [1 << 20, memory.buffer.byteLength - (1 << 20)];
  const timeline = module
    ? new FastTimeline(module, declaration, { memory, at, bytes }, [at, at + bytes], () => caches)
    : new PlainTimeline(declaration, () => caches);
  return { timeline, caches, state: new Uint8Array(memory.buffer, 64, layout.end) };
}

const shown = ({ queues, end, busy }: Timeline): object => ({
  free: [queues.load.free, queues.execute.free, queues.store.free],
  end: Math.max(0, end),
  busy: { ...busy },
});

/** Random commands for both, on few rows, so that they meet; between them the core loads, stores and fetches. */
function compare(seed: number, [one, other]: readonly [Side, Side], { dim, maxBytes, scratchpad, accumulator }: GemminiDeclaration): void {
  const next = random(seed);
  const below = (count: number): number => Math.floor(next() * count);
  const said: readonly [unknown[], unknown[]] = [[], []];
  const both = (give: (side: Side) => unknown): void => {
    said[0].push(give(one));
    said[1].push(give(other));
  };
  const size = (): number => (next() < 0.6 ? dim : 1 + below(dim));
  const scratchpadRows = scratchpad.banks * scratchpad.rows;
  const inScratchpad = (): number =>
    next() < 0.1 ? scratchpadRows - 1 - below(dim) : below(6) * (scratchpad.rows / 2) + (next() < 0.6 ? dim * below(3) : below(40));
  const inAccumulator = (): number => {
    const row = next() < 0.1 ? accumulator.banks * accumulator.rows - 1 - below(8) : below(4) * (next() < 0.6 ? dim : 7);
    return sums(row, { accumulate: next() < 0.5, full: next() < 0.3 });
  };
  const inEither = (): number => (next() < 0.5 ? inScratchpad() : inAccumulator());
  const operand = (local: number, cols = size()): Operand => ({ local, rows: size(), cols });
  const offset = (): number => (next() < 0.5 ? 64 * below(100) : below(7000));
  const stride = (): number => [0, 1, dim, 64, 192, 197, 256, 768][below(8)]!;
  const execute = { weightStationary: true, relu: false, shift: 0, transposeA: false, transposeB: false, strideA: 1, strideC: 1 };
  let cycle = below(100);
  for (let time = 0; time < 300; time++) {
    const kind = below(12);
    cycle += next() < 0.1 ? below(3000) : below(40);
    if (kind < 4) {
      const local = inEither();
      const shrunk = next() < 0.3;
      const most = local < 0 && !shrunk ? Math.max(maxBytes / 4, dim) : maxBytes;
      const configuration = {
        stride: stride(),
        scale: 1,
        blockStride: [dim, 0, 3, 300][below(4)]!,
        pixels: next() < 0.8 ? 1 : 2 + below(4),
        shrunk,
      };
      const load = { from: next() < 0.1 ? undefined : offset(), operand: operand(local, 1 + below(most)), configuration };
      both(({ timeline }) => timeline.load(cycle, load));
      if (load.from !== undefined) both(({ timeline }) => timeline.moved);
    } else if (kind < 6) {
      const pooling = {
        ...{ stride: 1, size: 1 + below(3), upperPad: 0, leftPad: 0, outDim: 7 },
        ...{ pooledRows: 1 + below(4), pooledCols: 1 + below(4), rows: 7, cols: 7 },
      };
      const configuration = { stride: stride(), scale: 1, relu: false, pooling: next() < 0.2 ? pooling : undefined };
      const store = { to: offset(), operand: operand(inEither(), 1 + below(next() < 0.5 ? dim : 4 * dim)), configuration };
      both(({ timeline }) => timeline.storesFrom(cycle, store.operand));
      both(({ timeline }) => timeline.store(cycle, store));
      both(({ timeline }) => timeline.moved);
    } else if (kind < 10) {
      const configuration =
        next() < 0.6
          ? execute
          : {
              ...{ weightStationary: next() < 0.5, relu: false, shift: 0, transposeA: next() < 0.3, transposeB: next() < 0.3 },
              ...{ strideA: 1 + below(3), strideC: below(3) },
            };
      const anywhere = (): Operand => operand(next() < 0.2 ? nowhere : inScratchpad());
      const multiplication = {
        configuration,
        preload: next() < 0.6 ? anywhere() : undefined,
        a: anywhere(),
        bd: next() < 0.6 ? operand(nowhere) : anywhere(),
        c: operand(next() < 0.1 ? nowhere : inEither()),
      };
      both(({ timeline }) => timeline.multiply(cycle, cycle + 1, multiplication));
    } else if (kind === 10) {
      const queue = (['load', 'execute', 'store'] as const satisfies Queue[])[below(3)]!;
      both(({ timeline }) => timeline.configure(cycle, queue));
    } else {
      if (next() < 0.2) both(({ timeline }) => timeline.flush(cycle));
      for (let touched = 0; touched < 6; touched++) {
        const touch = (['load', 'store', 'fetch'] as const)[below(3)]!;
        const line = below(120);
        both(({ caches }) => caches?.[touch](line));
      }
    }
    both(({ timeline }) => shown(timeline));
  }
  expect(said[1]).toEqual(said[0]);
  expect(other.state).toEqual(one.state);
}

describe('the timeline in WebAssembly', () => {
  let module: WebAssembly.Module;
  beforeAll(async () => {
    module = await builtTimeline();
  }, 120_000);

  it.each(declarations.map((declaration) => [declaration.dim, declaration.scratchpad.rows, declaration] as const))(
    'says of random commands what the plain one says, cycle by cycle, and leaves the caches as that does: an array of %i, banks of %i rows',
    (_dim, _rows, declaration) => {
      for (let seed = 0; seed < 8; seed++) {
        const costs = [undefined, rocket.caches, small, { ...small, memoryLatency: 100 }][seed % 4];
        compare(seed + 1, [sideOf(declaration, costs, undefined), sideOf(declaration, costs, module)], declaration);
      }
    },
  );

  it('has nothing of its own in the memory but what it is given', () => {
    const memory = new WebAssembly.Memory({ initial: 64 });
    const bytes = new Uint8Array(memory.buffer).fill(0xa5);
    const [at, end] = [1 << 20, 3 << 20];
    bytes.fill(0, at, end);
    const timeline = new FastTimeline(module, gemmini, { memory, at, bytes: end - at }, [at, end], () => undefined);
    const operand = { local: 0, rows: 16, cols: 64 };
    const configuration = { stride: 64, scale: 1, blockStride: 16, pixels: 1, shrunk: false };
    timeline.load(0, { from: 0, operand, configuration });
    timeline.store(10, { to: 0, operand, configuration: { stride: 64, scale: 1, relu: false, pooling: undefined } });
    expect(bytes.subarray(0, at).every((byte) => byte === 0xa5)).toBe(true);
    expect(bytes.subarray(end).every((byte) => byte === 0xa5)).toBe(true);
    const tooLittle = [at, at + 1000] as const;
    expect(() => new FastTimeline(module, gemmini, { memory, at, bytes: 1000 }, tooLittle, () => undefined)).toThrow(
      /^the timeline takes \d+ bytes, and there is room for 1000$/,
    );
  });
});
