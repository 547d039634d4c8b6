import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseElf } from '../../src/formats/elf.ts';
import { callStack } from '../../src/simulator/call-stack.ts';
import { Bus } from '../../src/simulator/riscv/memory.ts';
import { SymbolTable } from '../../src/simulator/symbols.ts';

const base = 0x8000_0000;
const stackTop = base + 0x7000;

/** Functions of assembled words, one after the other from `base` on, in memory with their symbols. */
function programOf(functions: Readonly<Record<string, readonly (readonly [word: number, bytes: 2 | 4])[]>>) {
  const bus = new Bus([{ base, bytes: new Uint8Array(0x8000) }]);
  let address = base;
  const symbols = Object.entries(functions).map(([name, words]) => {
    const start = address;
    for (const [word, bytes] of words) {
      bus.write(address, bytes, word);
      address += bytes;
    }
    return { name, address: start, size: address - start, kind: 'function' as const };
  });
  return {
    bus,
    symbols: new SymbolTable({ symbols, sections: [] }),
    at: (name: string) => symbols.find((one) => one.name === name)!.address,
  };
}

const nop = [0x0000_0013, 4] as const;

describe('the call stack', () => {
  it('follows frames of every form of prologue', () => {
    const { bus, symbols, at } = programOf({
      start: [nop, nop],
      wide: [[0x8101_0113, 4], [0x7e11_3423, 4], nop, nop], // addi sp, sp, -2032; sd ra, 2024(sp)
      compressed: [[0x7179, 2], [0xf406, 2], nop, nop], // c.addi16sp -48; c.sdsp ra, 40
      small: [[0x1141, 2], [0xe406, 2], nop, nop], // c.addi sp, -16; c.sdsp ra, 8
      leaf: [nop],
    });
    let pointer = stackTop;
    const push = (frame: number, saved: number, returnAddress: number): void => {
      pointer -= frame;
      bus.write(pointer + saved, 4, returnAddress);
    };
    push(2032, 2024, at('start') + 4);
    push(48, 40, at('wide') + 12);
    push(16, 8, at('compressed') + 8);
    const state = { pc: at('leaf'), stackPointer: pointer, returnAddress: at('small') + 8, xlen: 64 } as const;
    expect(callStack(bus, symbols, state)).toEqual([at('leaf'), at('small') + 8, at('compressed') + 8, at('wide') + 12, at('start') + 4]);
  });

  it('asks the register before the prologue has saved it', () => {
    const { bus, symbols, at } = programOf({ start: [nop, nop], f: [[0x1141, 2], [0xe406, 2], nop] });
    const state = { stackPointer: stackTop, returnAddress: at('start') + 4, xlen: 64 } as const;
    expect(callStack(bus, symbols, { ...state, pc: at('f') })).toEqual([at('f'), at('start') + 4]);
    expect(callStack(bus, symbols, { ...state, pc: at('f') + 2, stackPointer: stackTop - 16 })).toEqual([at('f') + 2, at('start') + 4]);
  });

  it('ends at the outermost function, at wild addresses and at a stack outside memory', () => {
    const { bus, symbols, at } = programOf({ start: [nop, nop], f: [[0x1141, 2], [0xe406, 2], nop] });
    const state = { stackPointer: stackTop, returnAddress: at('start') + 4, xlen: 64 } as const;
    expect(callStack(bus, symbols, { ...state, pc: at('start') + 4 })).toEqual([at('start') + 4]);
    expect(callStack(bus, symbols, { ...state, pc: 0x1234 })).toEqual([0x1234]);
    expect(callStack(bus, symbols, { ...state, pc: at('f') + 4, stackPointer: 0x10 })).toEqual([at('f') + 4]);
  });

  it('reads the frames of what a compiler made', () => {
    const elf = parseElf(new Uint8Array(readFileSync(new URL('../fixtures/formats/elf/rv64.elf', import.meta.url))), 'rv64.elf');
    const bus = new Bus([{ base, bytes: new Uint8Array(0x8000) }]);
    for (const { loadAddress, data } of elf.segments) data.forEach((byte, index) => bus.write(loadAddress + index, 1, byte));
    const symbols = new SymbolTable(elf);
    const [twice, start] = [symbols.find('twice')!.address, symbols.find('_start')!.address];
    bus.write(stackTop - 32 + 24, 4, start + 16); // -O0: addi sp, sp, -32; sd ra, 24(sp)
    const state = { pc: twice + 20, stackPointer: stackTop - 32, returnAddress: 0, xlen: 64 } as const;
    expect(callStack(bus, symbols, state)).toEqual([twice + 20, start + 16]);
    expect(symbols.at(start + 16)).toMatchObject({ symbol: { name: '_start' }, offset: 16 });
  });
});
