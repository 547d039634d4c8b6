import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { ExecuteConfiguration, LoadConfiguration, Pooling, StoreConfiguration } from './configuration.ts';
import { accumulates, isAccumulator, isFull, nowhere, type Operand } from './operands.ts';
import { type Scale, saturate, shiftRight } from './rounding.ts';

/** The memories of a Gemmini, row by row, and what its array holds: weights where those stay, sums where the outputs stay. */
export interface LocalMemories {
  readonly scratchpad: Int8Array;
  readonly accumulator: Int32Array;
  readonly array: Int32Array;
}

/** A load of `operand` from an offset in the main memory; zeros where it is undefined. */
export interface Load {
  readonly from: number | undefined;
  readonly operand: Operand;
  readonly configuration: LoadConfiguration;
}
export interface Store {
  readonly to: number;
  readonly operand: Operand;
  readonly configuration: StoreConfiguration;
}
export interface Multiplication {
  readonly configuration: ExecuteConfiguration;
  /** What the array takes first, where the command says so: weights, or what its sums begin with. */
  readonly preload: Operand | undefined;
  readonly a: Operand;
  /** What is added to the products where weights stay, the second factor where outputs stay. */
  readonly bd: Operand;
  readonly c: Operand;
}

/** What the commands compute. What they are given is theirs until they return. */
export interface Arithmetic {
  load(load: Load): void;
  store(store: Store): void;
  multiply(multiplication: Multiplication): void;
  /** The same on copies of the local memories: what it does to them is not seen here. */
  fork(): Arithmetic;
}

/** Rows of a local memory that an address names: they go round at its end. */
export const rowOf = ({ scratchpad, accumulator }: GemminiDeclaration, local: number): number =>
  isAccumulator(local) ? local & (accumulator.banks * accumulator.rows - 1) : local & (scratchpad.banks * scratchpad.rows - 1);

/** The arithmetic element by element: the definition of what is right. */
export class PlainArithmetic implements Arithmetic {
  readonly #declaration: GemminiDeclaration;
  readonly #local: LocalMemories;
  readonly #memory: DataView;
  readonly #scale: Scale;

  constructor(declaration: GemminiDeclaration, local: LocalMemories, memory: Uint8Array, scale: Scale) {
    this.#declaration = declaration;
    this.#local = local;
    this.#memory = new DataView(memory.buffer, memory.byteOffset, memory.length);
    this.#scale = scale;
  }

  fork(): PlainArithmetic {
    const { scratchpad, accumulator, array } = this.#local;
    const local = { scratchpad: scratchpad.slice(), accumulator: accumulator.slice(), array: array.slice() };
    const { buffer, byteOffset, byteLength } = this.#memory;
    return new PlainArithmetic(this.#declaration, local, new Uint8Array(buffer, byteOffset, byteLength), this.#scale);
  }

  load({ from, operand: { local, rows, cols }, configuration }: Load): void {
    const { dim } = this.#declaration;
    const { stride, scale, blockStride, pixels, shrunk } = configuration;
    const wide = isAccumulator(local) && !shrunk;
    for (let row = 0; row < rows; row++)
      for (let col = 0; col < cols; col++) {
        let value = 0;
        if (from !== undefined) {
          const at = from + row * stride + col * (wide ? 4 : 1);
          value = wide ? this.#memory.getInt32(at, true) : this.#scale(this.#memory.getInt8(at), scale);
        }
        const target = local + row + Math.floor(col / dim) * blockStride;
        for (let pixel = 0; pixel < pixels && pixel <= rowOf(this.#declaration, target); pixel++)
          this.#write(target - pixel, (col % dim) + pixel * cols, value, local);
      }
  }

  store({ to, operand: { local, rows, cols }, configuration }: Store): void {
    const { dim } = this.#declaration;
    const { stride, pooling } = configuration;
    if (pooling) {
      this.#pool(to, local, cols, configuration, pooling);
      return;
    }
    const wide = isAccumulator(local) && isFull(local);
    for (let row = 0; row < rows; row++)
      for (let col = 0; col < cols; col++) {
        const source = local + Math.floor(col / dim) * dim + row;
        const at = to + row * stride + col * (wide ? 4 : 1);
        if (wide) this.#memory.setInt32(at, this.#sum(source, col % dim), true);
        else this.#memory.setInt8(at, this.#readOut(source, col % dim, configuration));
      }
  }

  multiply({ configuration, preload, a, bd, c }: Multiplication): void {
    const { dim, outputBits } = this.#declaration;
    const { weightStationary, transposeA, transposeB, strideA, strideC, shift, relu } = configuration;
    const { array } = this.#local;
    if (preload) {
      const transposed = weightStationary && transposeB;
      for (let i = 0; i < dim; i++) for (let j = 0; j < dim; j++) array[i * dim + j] = this.#element(preload, i, j, transposed);
    }
    const results = weightStationary ? new Int32Array(dim * dim) : array;
    for (let i = 0; i < dim; i++)
      for (let j = 0; j < dim; j++) {
        let sum = weightStationary ? this.#element(bd, i, j, false) : array[i * dim + j]!;
        for (let k = 0; k < dim; k++) {
          const factor = weightStationary ? array[k * dim + j]! : this.#element(bd, k, j, transposeB);
          sum += this.#element(a, i, k, transposeA, strideA) * factor;
        }
        results[i * dim + j] = sum;
      }
    if (c.local === nowhere) return;
    for (let i = 0; i < c.rows; i++)
      for (let j = 0; j < c.cols; j++) {
        const sum = results[i * dim + j]!;
        const value = weightStationary ? sum : saturate(shiftRight(sum, shift), outputBits);
        const toScratchpad = relu ? Math.max(0, saturate(value, 8)) : saturate(value, 8);
        this.#write(c.local + i * strideC, j, isAccumulator(c.local) ? value : toScratchpad, c.local);
      }
  }

  /** An element of an operand in the scratchpad: 0 outside of it and where there is none. Its size is that of the matrix as it is used. */
  #element({ local, rows, cols }: Operand, row: number, col: number, transposed: boolean, stride = 1): number {
    const { dim } = this.#declaration;
    if (local === nowhere || row >= rows || col >= cols) return 0;
    const [r, c] = transposed ? [col, row] : [row, col];
    return this.#local.scratchpad[rowOf(this.#declaration, local + stride * r) * dim + c]!;
  }

  #write(target: number, col: number, value: number, local: number): void {
    const { scratchpad, accumulator } = this.#local;
    const at = rowOf(this.#declaration, isAccumulator(local) ? target | 0x8000_0000 : target & 0x7fff_ffff) * this.#declaration.dim + col;
    if (!isAccumulator(local)) scratchpad[at] = value;
    else accumulator[at] = accumulates(local) ? accumulator[at]! + value : value;
  }

  #sum(source: number, col: number): number {
    return this.#local.accumulator[rowOf(this.#declaration, source) * this.#declaration.dim + col]!;
  }

  #readOut(source: number, col: number, { scale, relu }: StoreConfiguration): number {
    if (!isAccumulator(source)) return this.#local.scratchpad[rowOf(this.#declaration, source) * this.#declaration.dim + col]!;
    return this.#scale(this.#sum(source, col), scale, relu);
  }

  /** The maximum of each window; what lies outside of the image is 0. */
  #pool(to: number, local: number, channels: number, configuration: StoreConfiguration, pooling: Pooling): void {
    const { stride, size, upperPad, leftPad, outDim, pooledRows, pooledCols, rows, cols } = pooling;
    for (let pooledRow = 0; pooledRow < pooledRows; pooledRow++)
      for (let pooledCol = 0; pooledCol < pooledCols; pooledCol++)
        for (let channel = 0; channel < channels; channel++) {
          let best = -128;
          for (let y = 0; y < size; y++)
            for (let x = 0; x < size; x++) {
              const row = pooledRow * stride + y - upperPad;
              const col = pooledCol * stride + x - leftPad;
              const outside = row < 0 || col < 0 || row >= rows || col >= cols;
              best = Math.max(best, outside ? 0 : this.#readOut(local + row * cols + col, channel, configuration));
            }
          this.#memory.setInt8(to + (pooledRow * outDim + pooledCol) * configuration.stride + channel, best);
        }
  }
}
