import { describe, expect, test } from 'vitest';
import { encode } from '../../../src/simulator/riscv/assemble.ts';
import { profile } from '../../../src/simulator/riscv/profile.ts';
import type { Row } from '../../../src/simulator/riscv/row.ts';
import { dominates, orderOf } from '../../../src/simulator/wasm/translator/dominators.ts';
import { factsOf, readsOf, writesOf } from '../../../src/simulator/wasm/translator/facts.ts';
import { type Flow, flowFrom } from '../../../src/simulator/wasm/translator/flow.ts';
import { guardsOf } from '../../../src/simulator/wasm/translator/guards.ts';
import type { Instruction } from '../../../src/simulator/wasm/translator/instruction.ts';
import { livenessOf } from '../../../src/simulator/wasm/translator/liveness.ts';
import { placesOf } from '../../../src/simulator/wasm/translator/ranges.ts';
import { registersOf } from '../../../src/simulator/wasm/translator/register-set.ts';
import { runsOf } from '../../../src/simulator/wasm/translator/runs.ts';

const isa = profile('rv64imafd');
const base = 0x8000_0000;
const use = { xlen: 64, floatsInX: false } as const;

/** A line of code: a mnemonic and its operands, `beq rs1=1 rs2=2 offset=8`. */
type Line = string;

function assemble(lines: readonly Line[]): (pc: number) => Instruction | undefined {
  const words = lines.map((line) => {
    const [mnemonic, ...operands] = line.split(' ');
    const row = isa.rows.find((each) => each.mnemonic === mnemonic) as Row;
    const fields = Object.fromEntries(row.fields.map(({ name }) => [name, 0]));
    return encode(row, {
      ...fields,
      ...Object.fromEntries(operands.map((text) => text.split('=')).map(([name, value]) => [name, Number(value)])),
    });
  });
  return (pc) => {
    const decoded = isa.decoder.decode(words[(pc - base) / 4] ?? 0);
    return decoded && { ...decoded, pc, next: pc + 4, interpreted: false };
  };
}
const flowOf = (
  lines: readonly Line[],
  isFunction = (_: number) => false,
  word: (address: number) => number | undefined = () => undefined,
) => flowFrom(base, assemble(lines), isFunction, word) as Flow;
const places = (pcs: Iterable<number>): number[] => [...pcs].map((pc) => (pc - base) / 4);

/** Everything that a plan has, of a piece of code. */
function analysed(lines: readonly Line[]) {
  const flow = flowOf(lines);
  const order = orderOf(base, (pc) => targets(flow, pc));
  const blocks = order.nodes.map((pc) => flow.blocks.get(pc)!);
  return { flow, order, blocks, at: (line: number) => order.position.get(base + 4 * line)! };
}
function targets({ blocks }: Flow, pc: number): number[] {
  const { end } = blocks.get(pc)!;
  const all =
    end.kind === 'branch' ? [end.taken, end.next] : 'to' in end && end.kind !== 'call' ? [end.to] : 'back' in end ? [end.back] : [];
  return all.filter((to) => blocks.has(to));
}

describe('dominators', () => {
  const graph: { readonly [node: number]: readonly number[] } = { 0: [1, 2], 1: [3], 2: [3], 3: [4, 5], 4: [3], 5: [] };
  const order = orderOf(0, (node) => graph[node] ?? []);

  test('agree with all paths of a graph with a diamond and a loop', () => {
    for (const [above, start] of order.nodes.entries())
      for (const [below, end] of order.nodes.entries())
        expect(dominates(order.dominator, above, below), `${start} and ${end}`).toBe(!canAvoid(graph, start, end));
    expect(order.reducible).toBe(true);
  });

  test('a loop with two entries is not reducible', () => {
    const two: typeof graph = { 0: [1, 2], 1: [2], 2: [1] };
    expect(orderOf(0, (node) => two[node] ?? []).reducible).toBe(false);
  });
});

/** Whether `end` can be reached from 0 without passing `avoided`. */
function canAvoid(graph: { readonly [node: number]: readonly number[] }, avoided: number, end: number): boolean {
  const seen = new Set(avoided === 0 ? [] : [0]);
  for (const node of seen) for (const next of graph[node] ?? []) if (next !== avoided) seen.add(next);
  return seen.has(end);
}

describe('flow', () => {
  test('blocks end at branches and before their targets; what a call returns to belongs to the function', () => {
    const { blocks, calls } = flowOf([
      'beq rs1=10 rs2=0 offset=12',
      'addi rd=10 rs1=10 imm=1',
      'jal rd=1 offset=40',
      'addi rd=11 rs1=0 imm=0',
      'jalr rd=0 rs1=1 offset=0',
    ]);
    expect(places(blocks.keys()).sort()).toEqual([0, 1, 3]);
    expect(places(calls)).toEqual([12]);
    expect(blocks.get(base + 12)?.end.kind).toBe('return');
  });

  test('a jump to another function leaves, a jump inside stays', () => {
    const lines = ['jal rd=0 offset=8', 'addi rd=1 rs1=1 imm=1', 'jalr rd=0 rs1=1 offset=0'];
    expect(places(flowOf(lines).blocks.keys())).toEqual([0, 2]);
    expect(places(flowOf(lines, (pc) => pc === base + 8).blocks.keys())).toEqual([0]);
  });

  test('auipc and jalr are one call, unless the jalr is entered alone', () => {
    const call = ['auipc rd=1 imm=0', 'jalr rd=1 rs1=1 offset=64', 'jalr rd=0 rs1=5 offset=0'];
    expect(flowOf(call).blocks.get(base)?.end).toEqual({ kind: 'call', to: base + 64, back: base + 8 });
    const entered = flowOf(['beq rs1=1 rs2=2 offset=8', ...call]);
    expect(entered.blocks.get(base + 8)?.end).toEqual({ kind: 'indirect call', back: base + 12 });
  });

  const table = 0x8000_0100;
  const jumps = (load: Line, ...sum: Line[]): Line[] => [
    'addi rd=14 rs1=0 imm=2',
    'bltu rs1=14 rs2=10 offset=40',
    'auipc rd=15 imm=0',
    `addi rd=15 rs1=15 imm=${table - base - 8}`,
    'slli rd=10 rs1=10 shamt=2',
    'add rd=10 rs1=10 rs2=15',
    load,
    ...sum,
    'jalr rd=0 rs1=10 offset=0',
    ...Array.from({ length: 6 }, () => 'addi rd=11 rs1=11 imm=1'),
  ];

  test('tables of distances and of addresses are read, up to the bound that is checked', () => {
    const distances = flowOf(
      jumps('lw rd=10 rs1=10 offset=0', 'add rd=10 rs1=10 rs2=15'),
      undefined,
      (at) => base + 36 + (at - table) - table,
    );
    expect(distances.blocks.get(base + 8)?.end).toEqual({ kind: 'indirect', targets: [36, 40, 44].map((offset) => base + offset) });
    const addresses = flowOf(jumps('ld rd=10 rs1=10 offset=0'), undefined, (at) => base + 36 + (at - table) / 2);
    expect(addresses.blocks.get(base + 8)?.end).toEqual({ kind: 'indirect', targets: [36, 40, 44].map((offset) => base + offset) });
  });
});

describe('liveness', () => {
  const { blocks, order, at } = analysed([
    'addi rd=10 rs1=11 imm=1', // 0
    'addi rd=12 rs1=10 imm=0', // 1: a loop
    'addi rd=13 rs1=12 imm=1',
    'bne rs1=13 rs2=14 offset=-8',
    'jal rd=1 offset=400', // 4
    'add rd=10 rs1=15 rs2=10', // 5
    'jalr rd=0 rs1=1 offset=0',
  ]);
  const { live, dirty, after } = livenessOf(blocks, order, use);
  const list = (set: Parameters<typeof registersOf>[0]) => [...registersOf(set)];

  test('what is read before it is written is live; a call ends all of it', () => {
    expect(list(live[at(0)]!)).toEqual([11, 14]);
    expect(list(live[at(1)]!)).toEqual([10, 14]);
    expect(list(live[at(5)]!)).toEqual([1, 10, 15]);
  });

  test('what a loop needs in its next round stays dirty, what it does not need is written back', () => {
    expect(list(dirty[at(1)]!)).toEqual([10]);
    expect(list(after[at(1)]!)).toEqual([10, 14]);
    expect(list(dirty[at(5)]!)).toEqual([]);
  });
});

describe('ranges', () => {
  const ranges = (lines: readonly Line[], certain = lines.length) => {
    const decode = assemble(lines);
    return placesOf(
      lines.map((_, i) => decode(base + 4 * i)!),
      certain,
      use,
    );
  };

  test('accesses from one base are one range, also behind an addition to it', () => {
    const found = ranges(['lw rd=10 rs1=2 offset=8', 'addi rd=2 rs1=2 imm=16', 'sd rs1=2 rs2=10 offset=-24', 'lb rd=11 rs1=2 offset=4']);
    const [first] = found.values();
    expect(found).toEqual(
      new Map([0, 2, 3].map((index, i) => [index, { range: (first as { range: unknown }).range, offset: [8, -8, 20][i] }])),
    );
    expect(first).toMatchObject({ range: { low: -8, high: 21, stores: true, first: 0, register: 2, distance: 0 } });
  });

  test('a base that was loaded is checked where it is used first', () => {
    const found = ranges(['ld rd=10 rs1=2 offset=0', 'addi rd=10 rs1=10 imm=4', 'lw rd=11 rs1=10 offset=0']);
    expect(found.get(2)).toMatchObject({ offset: 4, range: { low: 4, high: 8, first: 2, register: 10, distance: 4 } });
  });

  test('an access that may not happen is not checked before it', () => {
    expect(ranges(['addi rd=11 rs1=11 imm=1', 'lw rd=11 rs1=10 offset=0'], 1).get(1)).toMatchObject({ range: { first: 1 } });
    expect(ranges(['lw rd=11 rs1=10 offset=0', 'lw rd=11 rs1=10 offset=4'], 1).get(1)).toMatchObject({ range: { first: 0, high: 8 } });
  });

  test('addresses that the code tells are constants', () => {
    expect(ranges(['auipc rd=10 imm=4096', 'lw rd=11 rs1=10 offset=4']).get(1)).toEqual({ address: base + 4100 });
  });
});

describe('guards and runs', () => {
  test('one look at the deadline covers the rounds of a short loop, and what follows it', () => {
    const { blocks, order, at } = analysed(['addi rd=10 rs1=10 imm=-1', 'bne rs1=10 rs2=0 offset=-4', 'jalr rd=0 rs1=1 offset=0']);
    const runs = runsOf(blocks, order);
    expect(runs[at(0)]).toEqual({ members: [at(0)], skipped: new Set(), copies: 8 });
    expect(guardsOf(blocks, order, runs)).toEqual({ needed: [17, 1], extra: new Set(), late: new Set() });
  });

  test('a loop of two blocks is one run', () => {
    const { blocks, order, at } = analysed([
      'beq rs1=10 rs2=0 offset=12', // 0
      'addi rd=10 rs1=10 imm=-1', // 1
      'jal rd=0 offset=-8',
      'jalr rd=0 rs1=1 offset=0', // 3
    ]);
    expect(runsOf(blocks, order)[at(0)]).toEqual({ members: [at(0), at(1)], skipped: new Set(), copies: 8 });
  });

  test('so is one with instructions that a branch skips, if they only compute', () => {
    const loop = (skipped: Line) =>
      analysed([
        'bge rs1=10 rs2=11 offset=8',
        skipped,
        'addi rd=10 rs1=10 imm=-1',
        'bne rs1=10 rs2=0 offset=-12',
        'jalr rd=0 rs1=1 offset=0',
      ]);
    const { blocks, order, at } = loop('addi rd=12 rs1=12 imm=1');
    expect(runsOf(blocks, order)[at(0)]).toEqual({ members: [at(0), at(1), at(2)], skipped: new Set([at(1)]), copies: 8 });
    const loading = loop('lw rd=12 rs1=12 offset=0');
    expect(runsOf(loading.blocks, loading.order)[loading.at(0)]?.copies).toBe(1);
  });

  test('a block that is too long looks behind its yield point, and the next one on its own', () => {
    const long = Array.from({ length: 250 }, () => 'addi rd=10 rs1=10 imm=1');
    const { blocks, order, at } = analysed([
      ...long,
      'beq rs1=10 rs2=0 offset=-1000',
      'addi rd=11 rs1=0 imm=0',
      'jalr rd=0 rs1=1 offset=0',
    ]);
    const { late, extra, needed } = guardsOf(blocks, order, runsOf(blocks, order));
    expect({ late, extra, needed }).toEqual({ late: new Set([at(0)]), extra: new Set([at(251)]), needed: [0, 2] });
  });
});

test('what rows read and write is the same whatever their operands are', () => {
  for (const name of ['rv32imafc_xpulpv2', 'rv64imafdc_zba_zbb']) {
    const { rows, xlen } = profile(name);
    for (const row of rows.filter(({ emit, expansion }) => emit !== undefined && expansion === undefined)) {
      const of = (value: number): Instruction => {
        const operands = Object.fromEntries(row.fields.map((field, i) => [field.name, (value * (i + 3)) % 2 ** Math.min(field.width, 5)]));
        return { row: { ...row }, operands, pc: base, next: base + 4, interpreted: false };
      };
      const [facts, ...others] = [1, 2, 7].map((value) => factsOf(of(value), xlen));
      for (const other of others)
        expect({ syntax: row.syntax, ...other, reads: [...other.reads].sort() }).toEqual({
          syntax: row.syntax,
          ...facts,
          reads: [...facts!.reads].sort(),
        });
    }
  }
  const instruction = assemble(['fmadd.d fd=1 fs1=2 fs2=3 fs3=4 rm=0'])(base)!;
  expect([...registersOf(readsOf(instruction, 64, false))]).toEqual([34, 35, 36]);
  expect([...registersOf(writesOf(instruction, 64, false))]).toEqual([33]);
});
