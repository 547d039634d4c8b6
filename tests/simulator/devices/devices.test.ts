import { describe, expect, it } from 'vitest';
import { Clint } from '../../../src/simulator/devices/clint.ts';
import type { Environment } from '../../../src/simulator/devices/environment.ts';
import { Htif } from '../../../src/simulator/devices/htif.ts';
import { isSemihostingCall, Semihosting } from '../../../src/simulator/devices/semihosting.ts';
import { Bus } from '../../../src/simulator/riscv/memory.ts';

const base = 0x8000_0000;

/** A bus with a page of memory, and an environment that keeps what is said to it. */
function bench(input = '') {
  const bus = new Bus([{ base, bytes: new Uint8Array(4096) }]);
  const said = { out: '', err: '', exit: undefined as number | undefined };
  let rest = new TextEncoder().encode(input);
  const environment: Environment = {
    write: (stream, bytes) => {
      said[stream] += new TextDecoder().decode(bytes);
    },
    read: (count) => {
      const taken = rest.subarray(0, count);
      rest = rest.subarray(count);
      return taken;
    },
    exit: (code) => {
      said.exit = code;
    },
    commandLine: 'program one two',
    microseconds: () => 12_345_678,
  };
  const text = (address: number, value: string): number => {
    const bytes = new TextEncoder().encode(`${value}\0`);
    bytes.forEach((byte, index) => bus.write(address + index, 1, byte));
    return bytes.length - 1;
  };
  const words = (address: number, bytes: 4 | 8, values: readonly number[]): void =>
    values.forEach((value, index) => {
      bus.write(address + index * bytes, 4, value >>> 0);
      if (bytes === 8) bus.write(address + index * bytes + 4, 4, value < 0 ? 0xffff_ffff : 0);
    });
  const textAt = (address: number, length: number): string =>
    Array.from({ length }, (_, index) => String.fromCharCode(bus.read(address + index, 1)!)).join('');
  return { bus, said, environment, text, words, textAt };
}

describe('the host-target interface', () => {
  const store = (htif: Htif, low: number, high: number): void => {
    htif.write(0, 4, low);
    htif.write(4, 4, high);
  };

  it('ends the program with the payload of an odd request, without its lowest bit', () => {
    const { bus, said, environment } = bench();
    store(new Htif(bus, environment), (42 << 1) | 1, 0);
    expect(said.exit).toBe(42);
  });

  it('waits for the high word, so that an odd character of a 32-bit program is no end', () => {
    const { bus, said, environment } = bench();
    const htif = new Htif(bus, environment);
    htif.write(0, 4, 'a'.charCodeAt(0));
    expect(said.exit).toBeUndefined();
    htif.write(4, 4, 0x0101_0000);
    expect(said).toEqual({ out: 'a', err: '', exit: undefined });
  });

  it('reads a character into fromhost', () => {
    const { bus, environment } = bench('q');
    store(new Htif(bus, environment, base + 8), 0, 0x0100_0000);
    expect(bus.read(base + 8, 4)).toBe(0x100 | 'q'.charCodeAt(0));
    expect(bus.read(base + 12, 4)).toBe(0x0100_0000);
  });

  it('writes, reads, exits and refuses other system calls', () => {
    const { bus, said, environment, text, words, textAt } = bench('input');
    const htif = new Htif(bus, environment, base + 8);
    const call = (...values: number[]): number => {
      words(base + 64, 8, values);
      store(htif, base + 64, 0);
      return bus.read(base + 64, 4)! | 0;
    };
    const length = text(base + 256, 'hello\n');
    expect(call(64, 1, base + 256, length)).toBe(6);
    expect(call(64, 2, base + 256, 2)).toBe(2);
    expect(said).toMatchObject({ out: 'hello\n', err: 'he' });
    expect(bus.read(base + 8, 4)).toBe(1);
    expect(call(63, 0, base + 300, 3)).toBe(3);
    expect(textAt(base + 300, 3)).toBe('inp');
    expect(call(64, 7, base + 256, 1)).toBe(-9);
    expect(call(64, 1, base + 4000, 500)).toBe(-14);
    expect(call(1234)).toBe(-38);
    call(93, 7);
    expect(said.exit).toBe(7);
  });
});

describe.each([32, 64] as const)('semihosting on rv%d', (xlen) => {
  const word = xlen === 64 ? 8 : 4;
  const block = base + 64;

  it('is an ebreak between two marks', () => {
    const { bus, words } = bench();
    words(base, 4, [0x01f0_1013, 0x0010_0073, 0x4070_5013]);
    expect(isSemihostingCall(bus, base + 4)).toBe(true);
    expect(isSemihostingCall(bus, base + 8)).toBe(false);
    expect(isSemihostingCall(bus, base)).toBe(false);
  });

  it('opens the console, writes to it and reads from it', () => {
    const { bus, said, environment, text, words, textAt } = bench('typed');
    const host = new Semihosting(bus, environment, xlen);
    const open = (path: string, mode: number): number => {
      words(block, word, [base + 256, mode, text(base + 256, path)]);
      return host.call(1, block);
    };
    expect([open(':tt', 0), open(':tt', 4), open(':tt', 8), open('/etc/passwd', 0)]).toEqual([0, 1, 2, -1]);
    text(base + 256, 'console');
    words(block, word, [1, base + 256, 7]);
    expect(host.call(5, block)).toBe(0);
    words(block, word, [2, base + 256, 3]);
    expect(host.call(5, block)).toBe(0);
    words(block, word, [9, base + 256, 3]);
    expect(host.call(5, block)).toBe(3);
    host.call(4, base + 256);
    host.call(3, base + 256);
    expect(said).toMatchObject({ out: 'consoleconsolec', err: 'con' });
    words(block, word, [0, base + 300, 4]);
    expect(host.call(6, block)).toBe(0);
    expect(textAt(base + 300, 4)).toBe('type');
    expect([host.call(7, 0), host.call(7, 0)]).toEqual(['d'.charCodeAt(0), -1]);
  });

  it('tells its features through their file', () => {
    const { bus, environment, text, words, textAt } = bench();
    const host = new Semihosting(bus, environment, xlen);
    words(block, word, [base + 256, 0, text(base + 256, ':semihosting-features')]);
    const handle = host.call(1, block);
    words(block, word, [handle, base + 300, 5]);
    expect(host.call(6, block)).toBe(0);
    expect(textAt(base + 300, 5)).toBe('SHFB\x03');
    expect(host.call(6, block)).toBe(5);
  });

  it('passes the command line, if the buffer is long enough', () => {
    const { bus, environment, words, textAt } = bench();
    const host = new Semihosting(bus, environment, xlen);
    words(block, word, [base + 256, 16]);
    expect(host.call(21, block)).toBe(0);
    expect(textAt(base + 256, 16)).toBe('program one two\0');
    expect(bus.read(block + word, 4)).toBe(15);
    words(block, word, [base + 256, 15]);
    expect(host.call(21, block)).toBe(-1);
  });

  it('ends the program', () => {
    const { bus, said, environment, words } = bench();
    const host = new Semihosting(bus, environment, xlen);
    words(block, word, [0x2_0026, 33]);
    host.call(32, block);
    expect(said.exit).toBe(33);
    words(block, word, [0x2_0026, 0]);
    host.call(24, xlen === 32 ? 0x2_0026 : block);
    expect(said.exit).toBe(0);
    words(block, word, [0x2_0023, 0]);
    host.call(24, xlen === 32 ? 0x2_0023 : block);
    expect(said.exit).toBe(1);
  });

  it('tells guest time, and refuses what it does not know', () => {
    const { bus, environment } = bench();
    const host = new Semihosting(bus, environment, xlen);
    expect([host.call(16, 0), host.call(17, 0), host.call(49, 0), host.call(99, 0)]).toEqual([1234, 12, 1_000_000, -1]);
    expect(host.call(48, block)).toBe(0);
    expect(bus.read(block, 4)).toBe(12_345_678);
  });

  it('takes addresses outside memory as zeros', () => {
    const { bus, environment } = bench();
    const host = new Semihosting(bus, environment, xlen);
    for (let operation = 0; operation < 64; operation++) expect(() => host.call(operation, 0x10)).not.toThrow();
  });
});

describe('the core-local interruptor', () => {
  function clint(cores = 2) {
    const events: string[] = [];
    let ticks = 0;
    const device = new Clint(cores, {
      ticks: () => ticks,
      software: (core, pending) => events.push(`software ${core} ${pending}`),
      timer: (core, tick) => events.push(`timer ${core} ${tick}`),
    });
    return {
      device,
      events,
      at: (time: number) => {
        ticks = time;
      },
    };
  }

  it('raises and clears software interrupts of each core', () => {
    const { device, events } = clint();
    device.write(4, 4, 1);
    device.write(0, 4, 0xfffffffe);
    expect(events).toEqual(['software 1 true', 'software 0 false']);
    expect(device.read(4, 4)).toBe(1);
  });

  it('counts mtime and arms the timer', () => {
    const { device, events, at } = clint();
    at(2 ** 32 + 5);
    expect([device.read(0xbff8, 4), device.read(0xbffc, 4)]).toEqual([5, 1]);
    device.write(0x4008, 4, 100);
    device.write(0x400c, 4, 2);
    expect(events).toEqual(['timer 1 Infinity', `timer 1 ${2 ** 33 + 100}`]);
    expect([device.read(0x4008, 4), device.read(0x400c, 4), device.read(0x400c, 1)]).toEqual([100, 2, 2]);
  });

  it('lets a program set mtime, which moves the timers', () => {
    const { device, events, at } = clint(1);
    device.write(0x4000, 4, 50);
    device.write(0x4004, 4, 0);
    at(10);
    device.write(0xbff8, 4, 40);
    expect(device.read(0xbff8, 4)).toBe(40);
    expect(events.at(-1)).toBe('timer 0 20');
  });
});
