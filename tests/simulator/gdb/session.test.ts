import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, frame, PacketReader } from '../../../src/simulator/gdb/packets.ts';
import { GdbSession } from '../../../src/simulator/gdb/session.ts';
import { Machine, type MachineOptions, machines } from '../../../src/simulator/machine.ts';
import { assembled, base, makeElf } from '../elf.ts';

const counter = base + 0x1100;
const hex = (value: number): string => value.toString(16);
/** The registers as `g` has them: little endian. */
const little = (value: number, bits: number): string => {
  const digits = value.toString(16).padStart(bits / 4, '0');
  return digits.match(/../g)!.reverse().join('');
};
const text = (digits: string): string => Buffer.from(digits, 'hex').toString();

/** A loop that counts x6 up and stores it at 0x80001100. */
const loop = ['auipc x5, 0x1', 'addi x6, x6, 1', 'sw x6, 256(x5)', 'jal x0, -8'] as const;

/** A debugger without a mind: says packets, and returns the bodies of what is answered. */
class Wire {
  readonly session: GdbSession;
  readonly sent: string[] = [];
  readonly #reader = new PacketReader();
  readonly machine: Machine;

  constructor(bits: 32 | 64, lines: readonly (string | number)[], options: MachineOptions = {}) {
    const code = new Uint8Array(0x1200);
    code.set(assembled(bits, lines));
    this.machine = Machine.load(makeElf({ bits, code, symbols: { start: 0, tohost: 0x1000, fromhost: 0x1008 } }), options);
    this.session = new GdbSession(this.machine, (text) => this.sent.push(text));
  }

  /** Answers, acknowledgements left out; a program that goes on gets 10 seconds. */
  ask(...bodies: readonly string[]): string[] {
    for (const body of bodies) {
      this.session.receive(bytesOf(frame(body)));
      const end = performance.now() + 10_000;
      while (this.session.state === 'running' && performance.now() < end) this.session.work(0.1);
    }
    return this.#answers();
  }

  say(bytes: string): string[] {
    this.session.receive(bytesOf(bytes));
    return this.#answers();
  }

  #answers(): string[] {
    const received = this.#reader.push(bytesOf(this.sent.splice(0).join('')));
    return received.flatMap((each) => (each.kind === 'packet' ? [each.body] : []));
  }
}

describe('the protocol', () => {
  it('acknowledges packets until it is told not to', () => {
    const { session, sent } = new Wire(64, loop);
    session.receive(bytesOf('$qC#b4'));
    expect(sent.splice(0)).toEqual(['+', '$QC1#c5']);
    session.receive(bytesOf('+-$qC#00'));
    expect(sent.splice(0)).toEqual(['$QC1#c5', '-']);
    session.receive(bytesOf(frame('QStartNoAckMode')));
    session.receive(bytesOf(`+${frame('qC')}`));
    expect(sent).toEqual(['+', '$OK#9a', '$QC1#c5']);
  });

  it('says what it can do, and nothing to what it does not know', () => {
    const wire = new Wire(64, loop);
    const answers = wire.ask('qSupported:multiprocess+;swbreak+', 'vCont?', 'vMustReplyEmpty', 'qTStatus', '!', 'Z5,0,1');
    expect(answers).toEqual([expect.stringMatching(/^PacketSize=4000;.*QStartNoAckMode\+/), 'vCont;c;C;s;S;r', '', '', '', '']);
    expect(wire.ask('?', 'qfThreadInfo', 'qsThreadInfo', 'qThreadExtraInfo,1', 'Hg1', 'Hc-1', 'T1', 'T2', 'Hg3', 'qAttached')).toEqual([
      ...['T05thread:1;', 'm1', 'l', Buffer.from('core 0').toString('hex'), 'OK', 'OK', 'OK', 'E01', 'E01', '0'],
    ]);
  });

  it.each([32, 64] as const)('describes the registers and the memory of %d bits', (bits) => {
    const wire = new Wire(bits, loop);
    const [first = '', rest = ''] = wire.ask('qXfer:features:read:target.xml:0,100', 'qXfer:features:read:target.xml:100,3ff0');
    expect([first[0], first.length, rest[0]]).toEqual(['m', 257, 'l']);
    const xml = first.slice(1) + rest.slice(1);
    expect(xml).toContain(`<architecture>riscv:rv${bits}</architecture>`);
    expect(xml).toContain(`<reg name="pc" bitsize="${bits}" regnum="32" type="code_ptr" save-restore="yes"/>`);
    expect(xml).toContain('<reg name="fa0" bitsize="64" regnum="43" type="riscv_double" save-restore="yes"/>');
    expect(xml).toContain(`<reg name="mepc" bitsize="${bits}" regnum="898" type="int" save-restore="no"/>`);
    expect(xml.includes('mcycleh')).toBe(bits === 32);
    expect(wire.ask('qXfer:memory-map:read::0,1000')[0]).toContain('<memory type="ram" start="0x80000000" length="0x8000000"/>');
    expect(wire.ask('qXfer:auxv:read::0,1000')).toEqual(['']);
  });

  it.each([32, 64] as const)('reads and writes registers of %d bits', (bits) => {
    const wire = new Wire(bits, loop);
    const all = Array.from({ length: 33 }, (_, i) => little(i === 32 ? base : i, bits));
    const fa0 = (43).toString(16);
    expect(wire.ask(`G${all.join('')}`, 'g', 'p5', 'p20')).toEqual(['OK', all.join(''), little(5, bits), little(base, bits)]);
    expect(wire.ask(`P7=${little(77, bits)}`, 'p7', `P20=${little(base + 8, bits)}`, 'p20')).toEqual([
      ...['OK', little(77, bits), 'OK', little(base + 8, bits)],
    ]);
    expect([wire.machine.register('t2'), wire.machine.pc]).toEqual([77n, base + 8]);
    expect(wire.ask(`P${fa0}=0000000000000440`, `p${fa0}`, `P${hex(65 + 0x340)}=${little(9, bits)}`, `p${hex(65 + 0x340)}`)).toEqual([
      ...['OK', '0000000000000440', 'OK', little(9, bits)],
    ]);
    expect(wire.ask('pffff', 'p', 'P7=', 'P7=xy', 'G00', `P${hex(65 + 0xf14)}=${little(1, bits)}`)).toEqual(Array(6).fill('E01'));
    expect(wire.ask(`p${hex(65 + 1)}`)).toEqual(['xxxxxxxx']); // floats are switched off
  });

  it('reads and writes memory', () => {
    const wire = new Wire(64, loop);
    const at = hex(counter);
    expect(wire.ask(`M${at},4:01020304`, `m${at},5`, `X${at},3:\x00}\xff`, `m${at},4`, `X${at},0:`)).toEqual([
      ...['OK', '0102030400', 'OK', '007dff04', 'OK'],
    ]);
    expect(wire.ask('m0,4', 'm', `M${at},4:0102`, `M${at},1:x`, 'M0,1:00', `m${hex(base + (128 << 20) - 2)},4`)).toEqual(
      Array(6).fill('E01'),
    );
  });

  it('stops at breakpoints, software or hardware ones', () => {
    const wire = new Wire(64, loop);
    const [add, store] = [hex(base + 4), hex(base + 8)];
    expect(wire.ask(`Z0,${add},2`, 'c', `Z1,${store},4`, 'vCont;c', `z0,${add},2`, 'C05', '?')).toEqual([
      ...['OK', 'T05swbreak:;thread:1;', 'OK', 'T05swbreak:;thread:1;', 'OK', 'T05swbreak:;thread:1;', 'T05swbreak:;thread:1;'],
    ]);
    expect([wire.machine.pc, wire.machine.register('t1')]).toEqual([base + 8, 2n]);
    expect(wire.ask(`c${add}`)).toEqual(['T05swbreak:;thread:1;']);
    expect(wire.machine.register('t1')).toBe(3n);
  });

  it('stops behind accesses to watchpoints', () => {
    const wire = new Wire(64, loop);
    const at = hex(counter);
    expect(wire.ask(`Z2,${at},4`, 'c', `z2,${at},4`, `Z4,${at},8`, 'vCont;c:-1')).toEqual([
      ...['OK', `T05watch:${at};thread:1;`, 'OK', 'OK', `T05awatch:${at};thread:1;`],
    ]);
    expect([wire.machine.pc, wire.machine.readMemory(counter, 1)]).toEqual([base + 12, Uint8Array.of(2)]);
    expect(wire.ask(`z4,${at},8`, `z4,${at},8`)).toEqual(['OK', 'OK']);
    expect(wire.machine.watchpoints.size).toBe(0);
  });

  it('steps by one instruction, and through a range', () => {
    const wire = new Wire(64, loop);
    expect([wire.ask('s'), wire.machine.pc]).toEqual([['T05thread:1;'], base + 4]);
    expect([wire.ask('vCont;s:1;c'), wire.machine.pc]).toEqual([['T05thread:1;'], base + 8]);
    expect([wire.ask(`vCont;r${hex(base + 8)},${hex(base + 16)}:1`), wire.machine.pc]).toEqual([['T05thread:1;'], base + 4]);
    wire.ask(`Z0,${hex(base + 12)},2`);
    expect([wire.ask(`vCont;r${hex(base)},${hex(base + 16)}:1`), wire.machine.pc]).toEqual([['T05swbreak:;thread:1;'], base + 12]);
    expect(wire.ask('vCont;t', 'vCont;s:9', 'S5', 'cx')).toEqual(Array(4).fill('E01'));
  });

  it.each(['interpreter', 'translator'] as const)('sees Ctrl-C while the %s runs a loop', (engine) => {
    const wire = new Wire(64, loop, { engine });
    expect(wire.say(frame('c'))).toEqual([]);
    wire.session.work(0.05);
    expect(wire.session.state).toBe('running');
    expect(wire.say('\x03')).toEqual([]);
    wire.session.work(0.05);
    expect([wire.session.state, wire.say(frame('?'))]).toEqual(['stopped', ['T02thread:1;', 'T02thread:1;']]);
    expect(wire.machine.register('t1')).toBeGreaterThan(1000n);
  });

  it('reports the end of the program with its exit code', () => {
    const wire = new Wire(64, ['addi x6, x0, 85', 'auipc x5, 0x1', 'addi x5, x5, -4', 'sd x6, 0(x5)', 'jal x0, 0']);
    expect([wire.ask('c'), wire.session.state, wire.session.outcome]).toEqual([['W2a'], 'exited', { reason: 'exit', code: 42 }]);
  });

  it.each([
    ['ld x6, 16(x0)', 'load access fault of 0x10 at 0x80000000 in start\n', 'T0bthread:1;'],
    [0, 'illegal instruction 0x0 at 0x80000000 in start\n', 'T04thread:1;'],
    ['ebreak', 'breakpoint at 0x80000000 in start\n', 'T05thread:1;'],
    ['ecall', 'environment call from M-mode at 0x80000000 in start\n', 'T0cthread:1;'],
    ['wfi', 'the program waits for an interrupt that cannot come\n', 'T11thread:1;'],
  ] as const)('stops where the program cannot go on: %s', (line, said, reply) => {
    const [output = '', stop] = new Wire(64, [line, 'jal x0, 0']).ask('c');
    expect([output[0], text(output.slice(1)), stop]).toEqual(['O', said, reply]);
  });

  it('lets a fault be looked at, repeated, repaired, and ends the program that is given its signal', () => {
    const wire = new Wire(64, ['ld x6, 0(x7)', 'ebreak']);
    expect(wire.ask('c')[1]).toBe('T0bthread:1;');
    expect(wire.ask('c')[1]).toBe('T0bthread:1;');
    expect(wire.ask(`P7=${little(counter, 64)}`, `P20=${little(base, 64)}`, 'C0b')[3]).toBe('T05thread:1;');
    expect([wire.ask('C05'), wire.session.state]).toEqual([['X05'], 'exited']);
  });

  it('refuses memory above 4 GiB, where nothing is', () => {
    const wire = new Wire(64, loop);
    expect(wire.ask(`m${hex(2 ** 32 + base)},4`, `M${hex(2 ** 32 + base)},1:00`, 'mffffffffffffffff,4')).toEqual(Array(3).fill('E01'));
  });

  it('answers whatever comes', () => {
    const word = fc.oneof(fc.constantFrom(hex(base), hex(counter), '1', '20', '43', 'ffffffffffffffff', '0'), fc.string({ maxLength: 8 }));
    const separator = fc.constantFrom(',', ':', '=', ';', '');
    const body = fc
      .tuple(
        fc.constantFrom(...'?gGpPmMXZzHTDcCsS', 'vCont', 'vCont;', 'qXfer:', 'qRcmd,', 'qSupported', 'Z0,', 'Z3,', 'vKill'),
        fc.array(fc.tuple(word, separator)),
      )
      .map(([first, rest]) => first + rest.flat().join(''));
    fc.assert(
      fc.property(fc.array(body, { maxLength: 8 }), (bodies) => {
        const wire = new Wire(64, loop, { memoryBytes: 1 << 16 });
        for (const each of bodies) {
          wire.session.receive(bytesOf(frame(each)));
          wire.session.work(0);
          if (wire.session.state === 'running') wire.session.receive(bytesOf('\x03'));
          wire.session.work(0);
        }
        expect(['stopped', 'killed', 'detached', 'running', 'exited']).toContain(wire.session.state);
      }),
      { numRuns: 80 },
    );
  });

  it('has a thread for each core', () => {
    const wire = new Wire(
      32,
      ['csrrs x5, 0xf14, x0', 'addi x6, x5, 1', 'addi x6, x6, -1', 'bne x6, x0, -4', 'addi x7, x5, 100', 'jal x0, 0'],
      {
        machine: machines.cluster,
      },
    );
    expect(wire.ask('qfThreadInfo', 'qC', 'T8', 'T9')).toEqual(['m1,2,3,4,5,6,7,8', 'QC1', 'OK', 'E01']);
    wire.ask(`Z0,${hex(base + 16)},4`);
    const stops = Array.from({ length: 8 }, () => wire.ask('c')[0]);
    expect([...stops].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((thread) => `T05swbreak:;thread:${thread};`));
    expect(wire.ask('qC', 'p5')).toEqual([`QC${stops[7]!.at(-2)}`, little(Number(stops[7]!.at(-2)) - 1, 32)]);
    expect(wire.ask('Hg3', 'p5', 'p7', 'vCont;s:3', 'p7')).toEqual([
      'OK',
      little(2, 32),
      expect.anything(),
      'T05thread:3;',
      expect.anything(),
    ]);
    expect(wire.ask('qThreadExtraInfo,3').map(text)).toEqual(['core 2']);
  });

  it.each([
    ['', undefined, 0],
    [';c', 'T05thread:1;', 1],
  ])('steps one core alone, or others run along: the actions s:1%s', (others, reply, value) => {
    // Core 0 spins until core 1, which starts late, has stored.
    const code = [
      ...['auipc x14, 1', 'csrrs x5, 0xf14, x0', 'addi x6, x0, 1', 'beq x5, x6, 16', 'bne x5, x0, 0', 'lw x7, 256(x14)', 'beq x7, x0, -4'],
      ...['addi x8, x0, 50', 'addi x8, x8, -1', 'bne x8, x0, -4', 'sw x6, 256(x14)', 'jal x0, 0'],
    ];
    const wire = new Wire(32, code, { machine: machines.cluster });
    wire.ask(`Z0,${hex(base + 20)},4`, 'c', `z0,${hex(base + 20)},4`, 'Hg1');
    const range = `vCont;r${hex(base + 20)},${hex(base + 28)}:1${others}`;
    wire.session.receive(bytesOf(frame(range)));
    const turns = reply === undefined ? 1 : 100; // on a busy computer not much is done in one
    for (let turn = 0; turn < turns && wire.session.state === 'running'; turn++) wire.session.work(0.3);
    expect([wire.session.state, Number(wire.machine.register('t2'))]).toEqual([reply ? 'stopped' : 'running', value]);
  });

  it('answers monitor commands', () => {
    const wire = new Wire(64, loop);
    const monitor = (command: string): string => text(wire.ask(`qRcmd,${Buffer.from(command).toString('hex')}`)[0]!);
    wire.ask('s', 's');
    expect([monitor('instructions'), monitor('cycles')]).toEqual(['2 instructions\n', '2 cycles\n']);
    expect(monitor('help')).toMatch(/^monitor instructions: /);
  });

  it('lets go and kills', () => {
    const wire = new Wire(64, loop);
    expect([wire.ask(`Z0,${hex(base)},2`, 'D'), wire.session.state, wire.machine.breakpoints.size]).toEqual([['OK', 'OK'], 'detached', 0]);
    const killed = new Wire(64, loop);
    expect([killed.ask('k'), killed.session.state]).toEqual([[], 'killed']);
    expect(new Wire(64, loop).ask('vKill;1')).toEqual(['OK']);
  });
});
