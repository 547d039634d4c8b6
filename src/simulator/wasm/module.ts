import { Code } from './code.ts';
import type { ValType } from './expression.ts';
import { type FunctionBuilder, valTypes } from './function.ts';

export interface Signature {
  readonly parameters: readonly ValType[];
  readonly results: readonly ValType[];
}
type Import =
  | { readonly kind: 'function'; readonly module: string; readonly name: string; readonly type: number }
  | { readonly kind: 'memory'; readonly module: string; readonly name: string; readonly pages: number }
  | { readonly kind: 'table'; readonly module: string; readonly name: string }
  | { readonly kind: 'global'; readonly module: string; readonly name: string };

/** A module under construction: imports first, because they take the first function indices. */
export class ModuleBuilder {
  readonly #types: Signature[] = [];
  readonly #imports: Import[] = [];
  readonly #functions: { readonly type: number; readonly code: Uint8Array }[] = [];
  readonly #exports: { readonly name: string; readonly index: number }[] = [];
  readonly #elements: { readonly slot: number; readonly functions: readonly number[] }[] = [];
  #importedFunctions = 0;

  /** The index of a signature; equal signatures have one. */
  type(parameters: readonly ValType[], results: readonly ValType[]): number {
    const found = this.#types.findIndex(
      (type) =>
        type.parameters.join() === parameters.join() && type.results.join() === results.join() && type.results.length === results.length,
    );
    return found >= 0 ? found : this.#types.push({ parameters, results }) - 1;
  }

  importFunction(module: string, name: string, parameters: readonly ValType[], results: readonly ValType[]): number {
    this.#imports.push({ kind: 'function', module, name, type: this.type(parameters, results) });
    return this.#importedFunctions++;
  }

  /** The memory that all loads and stores go to, of at least `pages` times 64 KiB. */
  importMemory(module: string, name: string, pages = 0): void {
    this.#imports.push({ kind: 'memory', module, name, pages });
  }

  importTable(module: string, name: string): void {
    this.#imports.push({ kind: 'table', module, name });
  }

  /** An immutable i32; the first one is global 0. */
  importGlobal(module: string, name: string): void {
    this.#imports.push({ kind: 'global', module, name });
  }

  /** The index of the next function to be added. */
  get nextFunction(): number {
    return this.#importedFunctions + this.#functions.length;
  }

  add(builder: FunctionBuilder, results: readonly ValType[]): number {
    this.#functions.push({ type: this.type(builder.parameters, results), code: builder.bytes() });
    return this.nextFunction - 1;
  }

  export(name: string, index: number): void {
    this.#exports.push({ name, index });
  }

  /** Puts functions into the imported table from a slot on, when the module is instantiated. */
  elements(slot: number, functions: readonly number[]): void {
    this.#elements.push({ slot, functions });
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const out = new Code();
    for (const byte of [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
    const section = <T>(id: number, items: readonly T[], write: (item: T, out: Code) => void): void => {
      if (items.length === 0) return;
      const content = new Code();
      content.unsigned(items.length);
      for (const item of items) write(item, content);
      out.byte(id);
      out.unsigned(content.length);
      out.append(content.view());
    };
    section(1, this.#types, writeType);
    section(2, this.#imports, writeImport);
    section(3, this.#functions, ({ type }, content) => content.unsigned(type));
    section(7, this.#exports, ({ name, index }, content) => {
      content.name(name);
      content.byte(0);
      content.unsigned(index);
    });
    section(9, this.#elements, ({ slot, functions }, content) => {
      for (const byte of [0, 0x41]) content.byte(byte);
      content.signed(slot);
      content.byte(0x0b);
      content.unsigned(functions.length);
      for (const index of functions) content.unsigned(index);
    });
    section(10, this.#functions, ({ code }, content) => {
      content.unsigned(code.length);
      content.append(code);
    });
    return out.view();
  }
}

function writeType({ parameters, results }: Signature, out: Code): void {
  out.byte(0x60);
  for (const types of [parameters, results]) {
    out.unsigned(types.length);
    for (const type of types) out.byte(valTypes[type]);
  }
}

function writeImport(item: Import, out: Code): void {
  out.name(item.module);
  out.name(item.name);
  if (item.kind === 'function') {
    out.byte(0);
    out.unsigned(item.type);
  } else if (item.kind === 'table') {
    for (const byte of [1, 0x70, 0, 0]) out.byte(byte);
  } else if (item.kind === 'global') {
    for (const byte of [3, valTypes.i32, 0]) out.byte(byte);
  } else {
    for (const byte of [2, 0]) out.byte(byte);
    out.unsigned(item.pages);
  }
}
