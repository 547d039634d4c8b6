import { bytesOf, dtypes, type NumberArray, type Tensor, type TensorType } from '../numeric/tensor.ts';

/** The tensors of one sample, by name: a Program's inputs, or the results that were kept. */
export type Sample = ReadonlyMap<string, Tensor>;

/** Where each tensor of a sample lies in a block of bytes. */
export interface SampleLayout {
  readonly fields: readonly { readonly name: string; readonly type: TensorType; readonly offset: number }[];
  /** Bytes from one sample to the next. */
  readonly bytes: number;
}

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export function sampleLayout(types: Iterable<readonly [name: string, type: TensorType]>): SampleLayout {
  let bytes = 0;
  const fields = Array.from(types, ([name, type]) => {
    const offset = bytes;
    bytes += aligned(bytesOf(type));
    return { name, type, offset };
  });
  return { fields, bytes };
}

function view(buffer: ArrayBuffer, offset: number, { dtype, shape }: TensorType): NumberArray {
  const { array, bytes } = dtypes[dtype];
  const View = array as unknown as new (buffer: ArrayBuffer, offset: number, length: number) => NumberArray;
  return new View(buffer, offset, bytesOf({ dtype, shape }) / bytes);
}

/** Writes one sample to its place. A RangeError names a tensor that is missing or does not fit. */
export function packSample({ fields, bytes }: SampleLayout, buffer: ArrayBuffer, index: number, sample: Sample): void {
  for (const { name, type, offset } of fields) {
    const target = view(buffer, index * bytes + offset, type);
    const data = sample.get(name)?.data;
    if (data?.length !== target.length) throw new RangeError(`${name} has ${data?.length ?? 0} elements, not ${target.length}`);
    target.set(data);
  }
}

/** Samples one behind the other: a block that is handed to another thread without a copy. */
export function packSamples(layout: SampleLayout, samples: readonly Sample[]): ArrayBuffer {
  const buffer = new ArrayBuffer(samples.length * layout.bytes);
  samples.forEach((sample, index) => packSample(layout, buffer, index, sample));
  return buffer;
}

export function unpackSamples({ fields, bytes }: SampleLayout, buffer: ArrayBuffer): Sample[] {
  return Array.from({ length: bytes === 0 ? 0 : buffer.byteLength / bytes }, (_, index) => {
    return new Map(fields.map(({ name, type, offset }) => [name, { type, data: view(buffer, index * bytes + offset, type).slice() }]));
  });
}
