import type { Elf, ElfSymbol } from '../formats/elf.ts';

/** A place in the program by name: `offset` bytes behind the symbol. */
export interface Place {
  readonly symbol: ElfSymbol;
  readonly offset: number;
}

/** The names of a program, both ways. */
export class SymbolTable {
  readonly #byAddress: readonly ElfSymbol[];
  readonly #byName: ReadonlyMap<string, ElfSymbol>;

  constructor({ symbols, sections }: Pick<Elf, 'symbols' | 'sections'>) {
    const code = sections.filter(({ executable, size }) => executable && size > 0);
    const isCode = (symbol: ElfSymbol): boolean =>
      symbol.kind === 'function' ||
      (symbol.kind === 'other' && code.some(({ address, size }) => symbol.address >= address && symbol.address < address + size));
    this.#byAddress = withoutInner(symbols.filter(isCode));
    this.#byName = new Map([...symbols].reverse().map((symbol) => [symbol.name, symbol]));
  }

  /** The address of a symbol; undefined where the program has none of this name. */
  find(name: string): ElfSymbol | undefined {
    return this.#byName.get(name);
  }

  /** The function, or the label of assembly code, in which an address lies. */
  at(address: number): Place | undefined {
    let low = 0;
    for (let high = this.#byAddress.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#byAddress[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const candidates = this.#byAddress.slice(Math.max(low - 4, 0), low).reverse(); // several may stand at one address
    const symbol = candidates.find(({ size, address: start }) => address < start + size) ?? candidates.find(({ size }) => size === 0);
    return symbol && { symbol, offset: address - symbol.address };
  }
}

/** Without the labels inside functions whose size is known, as compilers leave them: of symbols in the order of their addresses. */
function withoutInner(symbols: readonly ElfSymbol[]): readonly ElfSymbol[] {
  let end = 0;
  return symbols.filter(({ address, size }) => {
    end = Math.max(end, address + size);
    return size > 0 || address >= end;
  });
}
