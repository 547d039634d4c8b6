import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { AcceleratorContext } from '../../riscv/accelerator.ts';
import { type Arithmetic, type Load, type LocalMemories, type Multiplication, PlainArithmetic, rowOf, type Store } from './arithmetic.ts';
import type { Configuration, StoreConfiguration } from './configuration.ts';
import { type Kernels, makeKernels } from './kernels.ts';
import { accumulates, isAccumulator, isFull, nowhere, type Operand } from './operands.ts';
import { type Rounding, scales } from './rounding.ts';

/** Where things lie in the memory of its own, in bytes from its start. */
function placesOf({ dim, scratchpad, accumulator }: GemminiDeclaration) {
  let end = 0;
  const room = (bytes: number): number => {
    const start = end;
    end += bytes + (-bytes & 15);
    return start;
  };
  return {
    scratchpad: room(scratchpad.banks * scratchpad.rows * dim),
    accumulator: room(accumulator.banks * accumulator.rows * dim * 4),
    array: room(dim * dim * 4),
    weights: room(dim * dim * 2),
    row: room(dim * 2),
    halfMask: room(2 * dim * 2),
    wordMask: room(2 * dim * 4),
    scaled: room(dim * dim + 16),
    turned: room(dim * dim),
    few: room(dim * dim),
    sums: room(dim * dim * 4),
    end,
  };
}

/** Bytes of the memory of its own that the arithmetic takes. */
export const arithmeticBytes = (declaration: GemminiDeclaration): number => placesOf(declaration).end;

/** The arithmetic in WebAssembly, for what programs do; the rest is left to the plain one, which works on the same memories. */
export class FastArithmetic implements Arithmetic {
  readonly #declaration: GemminiDeclaration;
  readonly #plain: PlainArithmetic;
  readonly kernels: Kernels;
  readonly #local: LocalMemories;
  readonly #weights: Int16Array;
  readonly #few: Int8Array;
  /** The array holds weights, not sums that were begun with it. */
  #areWeights = true;
  /** The weights are newer than the array of the plain arithmetic. */
  #isPacked = false;
  readonly #rounding: Rounding;
  /** Addresses in the linear memory. */
  readonly #at: ReturnType<typeof placesOf>;
  readonly #main: number;

  constructor(declaration: GemminiDeclaration, { linear, memory }: Pick<AcceleratorContext, 'linear' | 'memory'>, rounding: Rounding) {
    const { dim, scratchpad, accumulator } = declaration;
    const places = placesOf(declaration);
    if (places.end > linear.bytes) throw new RangeError(`the memories take ${places.end} bytes, and there is room for ${linear.bytes}`);
    const at = Object.fromEntries(Object.entries(places).map(([name, offset]) => [name, offset + linear.at])) as typeof places;
    const { buffer } = linear.memory;
    this.#declaration = declaration;
    this.#at = at;
    this.#local = {
      scratchpad: new Int8Array(buffer, at.scratchpad, scratchpad.banks * scratchpad.rows * dim),
      accumulator: new Int32Array(buffer, at.accumulator, accumulator.banks * accumulator.rows * dim),
      array: new Int32Array(buffer, at.array, dim * dim),
    };
    this.#weights = new Int16Array(buffer, at.weights, dim * dim);
    this.#few = new Int8Array(buffer, at.few, dim * dim);
    new Int16Array(buffer, at.halfMask, dim).fill(-1);
    new Int32Array(buffer, at.wordMask, dim).fill(-1);
    this.#plain = new PlainArithmetic(declaration, this.#local, memory.bytes, scales[rounding]);
    this.kernels = makeKernels(declaration, linear.memory);
    this.#rounding = rounding;
    this.#main = memory.bytes.byteOffset;
  }

  /** What native/products.c has to know, in its order: the array's size, rows of the memories, and addresses. */
  get places(): readonly number[] {
    const { dim, scratchpad: bytes, accumulator: words } = this.#declaration;
    const { scratchpad, accumulator, weights, row, halfMask, wordMask, scaled, turned, few } = this.#at;
    const sizes = [dim, bytes.banks * bytes.rows, words.banks * words.rows];
    return [...sizes, this.#main, scratchpad, accumulator, weights, row, halfMask, wordMask, scaled, turned, few];
  }

  /** Whether loops so configured can be done as a whole: blocks lie one behind the other, and nothing is scaled but by what WebAssembly rounds alike. */
  takesLoops({ loads: [a, b, d], execute, store }: Readonly<Configuration>, loadsSums: boolean): boolean {
    const { dim } = this.#declaration;
    const plain = [a, b].every(({ scale, pixels, blockStride }) => scale === 1 && pixels === 1 && blockStride === dim);
    const sums = !loadsSums || (!d.shrunk && d.pixels === 1 && d.blockStride === dim);
    return plain && sums && execute.weightStationary && this.#scales(store);
  }

  /** Whether the kernels scale what a store reads out: they set what is negative to 0 behind the scale. */
  #scales({ scale, relu }: StoreConfiguration): boolean {
    return this.#rounding === 'rtl' && Number.isFinite(scale) && !(relu && scale < 0);
  }

  /** A loop has been done on the memories and the array. */
  tookLoop(): void {
    this.#isPacked = true;
    this.#areWeights = true;
  }

  fork(): PlainArithmetic {
    this.#unpack();
    return this.#plain.fork();
  }

  load(load: Load): void {
    const { from, operand, configuration } = load;
    const { stride, scale, blockStride, pixels, shrunk } = configuration;
    const { local, rows, cols } = operand;
    const { dim } = this.#declaration;
    const sums = isAccumulator(local);
    const size = sums ? 4 : 1;
    const plainly =
      pixels > 1 ||
      (sums ? shrunk : from !== undefined && scale !== 1) ||
      (sums && accumulates(local) && (cols & 3) !== 0 && from !== undefined);
    const first = rowOf(this.#declaration, local);
    const blocks = Math.ceil(cols / dim);
    const meet = blocks > 1 && blockStride < rows;
    if (plainly || meet || !this.#fits(local, first + (blocks - 1) * blockStride, rows)) {
      this.#plain.load(load);
      return;
    }
    for (let block = 0; block < blocks; block++) {
      const to = (first + block * blockStride) * dim;
      const columns = Math.min(dim, cols - block * dim);
      if (from === undefined) {
        if (sums && accumulates(local)) continue;
        const target = sums ? this.#local.accumulator : this.#local.scratchpad;
        if (columns === dim) target.fill(0, to, to + rows * dim);
        else for (let row = 0; row < rows; row++) target.fill(0, to + row * dim, to + row * dim + columns);
        continue;
      }
      const source = this.#main + from + block * dim * size;
      const target = (sums ? this.#at.accumulator : this.#at.scratchpad) + to * size;
      const move = sums && accumulates(local) ? this.kernels.add : this.kernels.copy;
      move(source, stride, target, dim * size, rows, columns * size);
    }
  }

  store(store: Store): void {
    const { to, operand, configuration } = store;
    const { stride, scale, relu, pooling } = configuration;
    const { local, rows, cols } = operand;
    const { dim } = this.#declaration;
    const sums = isAccumulator(local);
    const full = sums && isFull(local);
    const plainly = pooling !== undefined || (sums && !full && !this.#scales(configuration));
    const first = rowOf(this.#declaration, local);
    const blocks = Math.ceil(cols / dim);
    const meet = blocks > 1 && stride < cols * (full ? 4 : 1);
    if (plainly || meet || !this.#fits(local, first + (blocks - 1) * dim, rows) || rows > dim) {
      this.#plain.store(store);
      return;
    }
    const size = full ? 4 : 1;
    if (rows === 1 && sums && !full && cols === blocks * dim && blocks <= dim) {
      // The blocks of a row are as far apart as the array has rows: they are scaled as rows, and lie side by side then.
      this.kernels.scale(this.#at.accumulator + 4 * first * dim, 4 * dim * dim, this.#at.scaled, blocks, scale, relu ? 0 : -128);
      this.kernels.copy(this.#at.scaled, dim, this.#main + to, stride, 1, cols);
      return;
    }
    for (let block = 0; block < blocks; block++) {
      const columns = Math.min(dim, cols - block * dim);
      const source = first * dim + block * dim * dim;
      const target = this.#main + to + block * dim * size;
      if (sums && !full) {
        this.kernels.scale(this.#at.accumulator + 4 * source, 4 * dim, this.#at.scaled, rows, scale, relu ? 0 : -128);
        this.kernels.copy(this.#at.scaled, dim, target, stride, rows, columns);
      } else {
        const start = sums ? this.#at.accumulator + 4 * source : this.#at.scratchpad + source;
        this.kernels.copy(start, dim * size, target, stride, rows, columns * size);
      }
    }
  }

  multiply(multiplication: Multiplication): void {
    const { configuration, preload, a, bd, c } = multiplication;
    const { dim } = this.#declaration;
    const { weightStationary, transposeA, transposeB, strideA, strideC, relu } = configuration;
    const storedRows = transposeA ? a.cols : a.rows;
    const firstA = rowOf(this.#declaration, a.local);
    const firstC = rowOf(this.#declaration, c.local);
    const quick =
      weightStationary &&
      a.local !== nowhere &&
      bd.local === nowhere &&
      a.rows >= c.rows &&
      a.cols <= dim &&
      c.cols <= dim &&
      c.rows <= dim &&
      this.#fits(a.local, firstA, transposeA ? (dim - 1) * strideA + 1 : (storedRows - 1) * strideA + 1) &&
      this.#fits(c.local, firstC, (c.rows - 1) * strideC + 1) &&
      (preload === undefined ? this.#areWeights : this.#canPack(preload, transposeB));
    if (!quick) {
      this.#unpack();
      this.#plain.multiply(multiplication);
      this.#areWeights = weightStationary && (preload !== undefined || this.#areWeights);
      if (this.#areWeights && preload) this.#pack();
      return;
    }
    if (preload) this.#preload(preload, transposeB);
    if (c.local === nowhere) return;
    const kernels = this.kernels;
    const at = this.#at;
    let left = at.scratchpad + firstA * dim;
    let leftStride = strideA * dim;
    if (transposeA) {
      kernels.transpose(left, leftStride, at.turned);
      left = at.turned;
      leftStride = dim;
    }
    const mask = at.halfMask + 2 * (dim - a.cols);
    if (isAccumulator(c.local)) {
      const multiply = accumulates(c.local) ? kernels.accumulate : kernels.multiply;
      const wordMask = at.wordMask + 4 * (dim - c.cols);
      const to = at.accumulator + 4 * firstC * dim;
      multiply(left, leftStride, mask, at.weights, at.row, to, 4 * strideC * dim, wordMask, c.rows);
    } else {
      kernels.multiply(left, leftStride, mask, at.weights, at.row, at.sums, 4 * dim, at.wordMask, c.rows);
      kernels.saturate(at.sums, at.scaled, c.rows, relu ? 0 : -128);
      kernels.copy(at.scaled, dim, at.scratchpad + firstC * dim, strideC * dim, c.rows, c.cols);
    }
  }

  /** Whether rows from one on are all before the end of their memory, where they would go round. */
  #fits(local: number, first: number, rows: number): boolean {
    const { scratchpad, accumulator } = this.#declaration;
    return (
      local === nowhere ||
      first + rows <= (isAccumulator(local) ? accumulator.banks * accumulator.rows : scratchpad.banks * scratchpad.rows)
    );
  }

  #canPack({ local, rows, cols }: Operand, transposed: boolean): boolean {
    return (
      local === nowhere ||
      (rows <= this.#declaration.dim &&
        cols <= this.#declaration.dim &&
        this.#fits(local, rowOf(this.#declaration, local), transposed ? this.#declaration.dim : rows))
    );
  }

  /** Takes weights from the scratchpad; what the array holds for the plain arithmetic is not up to date then. */
  #preload({ local, rows, cols }: Operand, transposed: boolean): void {
    const { dim } = this.#declaration;
    const at = this.#at;
    this.#isPacked = true;
    this.#areWeights = true;
    if (local === nowhere) {
      this.#weights.fill(0);
      return;
    }
    let from = at.scratchpad + rowOf(this.#declaration, local) * dim;
    if (transposed) {
      this.kernels.transpose(from, dim, at.turned);
      from = at.turned;
    }
    if (rows < dim) {
      this.kernels.copy(from, dim, at.few, dim, rows, dim);
      this.#few.fill(0, rows * dim);
      from = at.few;
    }
    this.kernels.pack(from, dim, at.halfMask + 2 * (dim - cols), at.weights);
  }

  /** What the array holds, as the plain arithmetic has it. */
  #unpack(): void {
    if (!this.#isPacked) return;
    this.#isPacked = false;
    const { dim } = this.#declaration;
    for (let row = 0; row < dim; row++)
      for (let col = 0; col < dim; col++) this.#local.array[row * dim + col] = this.#weights[(row & ~1) * dim + 2 * col + (row & 1)]!;
  }

  #pack(): void {
    const { dim } = this.#declaration;
    const { array } = this.#local;
    for (let row = 0; row < dim; row++)
      for (let col = 0; col < dim; col++) this.#weights[(row & ~1) * dim + 2 * col + (row & 1)] = array[row * dim + col]!;
  }
}
