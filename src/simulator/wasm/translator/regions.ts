import { floatFunctions } from '../float.ts';
import { commandFunction, type GiveCommand } from './commands.ts';
import type { Image } from './image.ts';
import { entryOf, layout, noTarget, targetEntries } from './layout.ts';

/** What an instance is refused with: imports that are not there, or are something else, and elements beyond the table. */
const misfits = [WebAssembly.LinkError, WebAssembly.RuntimeError, TypeError];

/** The regions of an image as one core runs them: its own instances of the image's modules, its table and its cache of indirect jump targets. */
export class Regions {
  readonly #memory: WebAssembly.Memory;
  readonly #area: number;
  readonly #image: Image;
  readonly #command: GiveCommand;
  readonly #targets: Int32Array;
  #floats: WebAssembly.Exports | undefined;
  #base: WebAssembly.Exports = {};
  #table: WebAssembly.Table;
  #enter: (slot: number, cycles: number) => void;
  #generation: number;
  #instances = 0;

  /** `area` is the base of the core's own area. */
  constructor(memory: WebAssembly.Memory, area: number, image: Image, command: GiveCommand) {
    this.#command = command;
    this.#memory = memory;
    this.#area = area;
    this.#image = image;
    this.#targets = new Int32Array(memory.buffer, area + layout.targets, 2 * targetEntries);
    this.#targets.fill(noTarget);
    this.#table = new WebAssembly.Table({ element: 'anyfunc', initial: 256 });
    this.#enter = this.#entrance();
    this.#generation = image.generation;
  }

  /** The slot of the region that starts at an address, also for indirect jumps from now on. */
  find(pc: number): number | undefined {
    if (this.#generation !== this.#image.generation) this.#forget();
    const entry = (entryOf(pc) - layout.targets) >> 2;
    if (this.#targets[entry] === (pc | 0)) return this.#targets[entry + 1];
    const slot = this.#image.slot(pc);
    if (slot === undefined) return undefined;
    this.#instantiate();
    this.#targets[entry] = pc;
    this.#targets[entry + 1] = slot;
    return slot;
  }

  /** Runs translated code from the start of a region until it is left. */
  run(slot: number, cycles: number): void {
    this.#enter(slot, cycles);
  }

  /** Makes the image's modules this core's own. False where one does not fit: then nothing of the image may run. */
  instantiate(): boolean {
    if (this.#generation !== this.#image.generation) this.#forget();
    try {
      this.#instantiate();
      return true;
    } catch (error) {
      if (misfits.some((kind) => error instanceof kind)) return false;
      throw error;
    }
  }

  #instantiate(): void {
    for (; this.#instances < this.#image.parts.length; this.#instances++) {
      const { module, end } = this.#image.parts[this.#instances]!;
      if (end > this.#table.length) this.#table.grow(Math.max(end - this.#table.length, this.#table.length));
      this.#instance(module, this.#base);
    }
  }

  #forget(): void {
    this.#generation = this.#image.generation;
    this.#instances = 0;
    this.#table = new WebAssembly.Table({ element: 'anyfunc', initial: 256 });
    this.#enter = this.#entrance();
    this.#targets.fill(noTarget);
  }

  #entrance(): (slot: number, cycles: number) => void {
    const base = this.#instance(this.#image.base, {});
    this.#base = base.exports;
    return base.exports['enter'] as (slot: number, cycles: number) => void;
  }

  #instance(module: WebAssembly.Module, base: WebAssembly.Exports): WebAssembly.Instance {
    const library = (): WebAssembly.Exports => (this.#floats ??= floatFunctions(this.#memory, this.#area + layout.fcsr));
    return new WebAssembly.Instance(module, {
      base,
      core: { memory: this.#memory, table: this.#table, area: this.#area, [commandFunction]: this.#command },
      /** Asked for by a module that imports from it. */
      get float() {
        return library();
      },
    });
  }
}
