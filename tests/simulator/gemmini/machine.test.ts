import { describe, expect, it } from 'vitest';
import { gemminiMachine } from '../../../src/hardware/gemmini.ts';
import { describeFault, type Fault } from '../../../src/simulator/fault.ts';
import { type EngineName, Machine } from '../../../src/simulator/machine.ts';
import { programOf } from '../timing/program.ts';
import { command, configureLoad, configureStore, registers, sums, word } from './timing.ts';

const engines = ['interpreter', 'structured', 'block'] as const satisfies readonly EngineName[];

const [source, target] = [0x8200_0000, 0x8200_4000];
/** Stores 16 rows of 16 bytes, 64 apart, of what was loaded. */
const move = [
  configureLoad(16),
  configureStore(64),
  registers({ a1: source, a2: word(0), a3: target, a4: word(0), t2: 42 }),
  'sb t2, 0(a1)',
  command(2, 'a1', 'a2'),
  command(3, 'a3', 'a4'),
].join('\n');

function run(body: string, engine: EngineName): string {
  const machine = Machine.load(programOf(body), { machine: gemminiMachine, engine });
  const outcome = machine.run({ timeout: 20 });
  if (outcome.reason === 'fault') return `${describeFault(outcome.fault).split('\n')[0]} ${machine.instructions} ${machine.cycles}`;
  return `${outcome.reason === 'exit' ? outcome.code : outcome.reason} ${machine.instructions} ${machine.cycles}`;
}

describe('the machine gemmini', () => {
  it('loads and stores beside the core, in the same cycles on every engine', () => {
    const [first, ...others] = engines.map((engine) => run(`${move}\nfence\nlbu a0, 0(a3)`, engine));
    expect(first).toMatch(/^42 /);
    for (const other of others) expect(other).toBe(first);
  });

  it.each([
    ['a load of what is stored', 'lbu a0, 64(a3)', 'missing fence: gemmini still writes there: load access of 0x82004040'],
    ['a store into what is stored', 'sb t2, 15(a3)', 'missing fence: gemmini still writes there: store access of 0x8200400f'],
    ['a store into what is loaded', 'sd t2, 248(a1)', 'missing fence: gemmini still reads there: store access of 0x820000f8'],
  ])('reports %s before a fence, however late it comes', (_, access, expected) => {
    const [first, ...others] = engines.map((engine) => run(`${move}\n.rept 500\naddi t3, t3, 1\n.endr\n${access}`, engine));
    expect(first).toContain(expected);
    for (const other of others) expect(other).toBe(first);
  });

  it.each(['lbu a0, 16(a3)', 'sd zero, 56(a3)', 'ld a0, 0(a1)', 'sd zero, 256(a1)'])(
    'lets %s pass: it is between the rows or beside them',
    (access) => {
      for (const engine of engines) expect(run(`${move}\n${access}\nli a0, 5`, engine)).toMatch(/^5 /);
    },
  );

  it('reports a load of its own of what it still stores', () => {
    for (const engine of engines) {
      expect(run(`${move}\naddi a3, a3, 48\n${command(2, 'a3', 'a2')}\nli a0, 5`, engine)).toContain(
        'missing fence: gemmini still writes there: load access of 0x82004030',
      );
      expect(run(`${move}\nfence\n${command(2, 'a3', 'a2')}\nli a0, 5`, engine)).toMatch(/^5 /);
    }
  });

  it('reports a store of its own into what a load before it still reads, and not behind that load', () => {
    const store = `addi a3, a1, 64\n${command(3, 'a3', 'a4')}`;
    const begin = [configureLoad(64), configureStore(64), registers({ a1: source, a2: word(0), a3: target, a4: word(0x1000) })].join('\n');
    for (const engine of engines) {
      expect(run(`${begin}\n${command(2, 'a1', 'a2')}\n${store}\nli a0, 5`, engine)).toContain(
        'missing fence: gemmini still reads there: store access of 0x82000040',
      );
      expect(run(`${begin}\n${command(2, 'a1', 'a2')}\n.rept 500\naddi t3, t3, 1\n.endr\n${store}\nli a0, 5`, engine)).toMatch(/^5 /);
    }
  });

  describe('that goes on behind a missing fence', () => {
    /** The exit code, and what was told of missing fences. */
    const goOn = (body: string, engine: EngineName): object => {
      const told: string[] = [];
      const missingFence = (fault: Fault): void => void told.push(describeFault(fault).split(' at ')[0]!);
      const machine = Machine.load(programOf(body), { machine: gemminiMachine, engine, missingFence });
      const outcome = machine.run({ timeout: 20 });
      return { code: outcome.reason === 'exit' ? outcome.code : outcome.reason, told, cycles: machine.cycles };
    };
    const onAll = (body: string): object => {
      const [first, ...others] = engines.map((engine) => goOn(body, engine));
      for (const other of others) expect(other).toEqual(first);
      return first!;
    };
    const passes = '.rept 500\naddi t3, t3, 1\n.endr';
    const loads = 'missing fence: gemmini still writes there: load access of 0x82004000';
    const stores = 'missing fence: gemmini still reads there: store access of 0x82000000';

    it('loads what was there before a store of the array, and later what that one stored', () => {
      const told = { told: [loads, loads] };
      expect(onAll(`${move}\nlbu a0, 0(a3)\nlbu t4, 0(a3)\nslli t4, t4, 8\nadd a0, a0, t4`)).toMatchObject({ code: 0, ...told });
      expect(onAll(`${move}\nlbu a0, 0(a3)\n${passes}\nlbu t4, 0(a3)\nslli t4, t4, 8\nadd a0, a0, t4`)).toMatchObject({
        code: 42 << 8,
        ...told,
      });
    });

    it('stores into what the array loads, in time for it or too late', () => {
      const change = 'li t4, 7\nsb t4, 0(a1)';
      const told = [stores];
      expect(onAll(`${move}\n${change}\nfence\nlbu a0, 0(a3)`)).toMatchObject({ code: 7, told });
      expect(onAll(`${move}\n${passes}\n${change}\nfence\nlbu a0, 0(a3)`)).toMatchObject({ code: 42, told });
    });

    it('stores into what the array stores, and loses it to that one or not', () => {
      const change = 'li t4, 7\nsb t4, 0(a3)';
      const told = [loads.replace('load', 'store')];
      expect(onAll(`${move}\n${change}\nfence\nlbu a0, 0(a3)`)).toMatchObject({ code: 42, told });
      expect(onAll(`${move}\n${passes}\n${change}\nfence\nlbu a0, 0(a3)`)).toMatchObject({ code: 7, told });
    });

    it('has the array load what one of its stores has not written yet', () => {
      const elsewhere = registers({ a2: word(0x100), a4: word(0x100) });
      const again = `${elsewhere}\n${command(2, 'a3', 'a2')}\naddi a3, a3, 2047\n${command(3, 'a3', 'a4')}\nfence\nlbu a0, 0(a3)`;
      expect(onAll(`${move}\n${again}`)).toMatchObject({ code: 0, told: [loads] });
      expect(onAll(`${move}\nfence\n${again}`)).toMatchObject({ code: 42, told: [] });
    });
  });

  it('ends a run where the hardware would hang', () => {
    const body = `${registers({ a1: 0x1000_0000, a2: word(sums(0)) })}\n${command(2, 'a1', 'a2')}`;
    expect(() => run(`${configureLoad(64)}\n${body}`, 'auto')).toThrow(
      'gemmini: found a load of 1024 bytes at 0x10000000, expected addresses of the main memory. Check the address: the hardware hangs.',
    );
  });
});
