import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseNpy } from '../../../src/formats/npy.ts';
import { normalised } from '../../../src/importers/ivit/recipe.ts';
import { type NumberArray, type Tensor, tensor } from '../../../src/numeric/tensor.ts';

const fixtures = 'tests/fixtures/ivit';
const examples = 'examples/vit-digits';

/** SHA-256 of what PyTorch computed: integers as float64, one behind the other; floats as float32. */
export interface Recorded {
  readonly input: string;
  readonly modules: Readonly<Record<string, { readonly elements: number; readonly sha256: string }>>;
  readonly logits: string;
  /** Of the head's int32 for all held-out pictures. */
  readonly head_of_all?: string;
}

/** A network that PyTorch ran, and the pictures that it was given, [pictures, 3, rows, columns]. */
export interface Reference {
  readonly name: string;
  readonly heads?: number;
  /** The path of its checkpoint, which may be written into `directory`. */
  checkpoint(directory: string): string;
  images(): Tensor;
  /** How many of them were recorded. */
  readonly recorded: number;
}

const load = (path: string): Tensor => parseNpy(readFileSync(path), path);
const repeat = 4;

/** u8 / 16, every value as 4x4 pixels, in three channels, normalised: what docs of the example say. */
export function digitImages({ type: { shape }, data }: Tensor): Tensor {
  const [pictures = 0, rows = 0, columns = 0] = shape;
  const [height, width] = [rows * repeat, columns * repeat];
  const scaled = tensor({ dtype: 'u8', shape: [pictures, 3, height, width] });
  for (let at = 0; at < scaled.data.length; at++) {
    const [picture, y, x] = [Math.floor(at / (3 * height * width)), Math.floor(at / width) % height, at % width];
    scaled.data[at] = data[(picture * rows + Math.floor(y / repeat)) * columns + Math.floor(x / repeat)]!;
  }
  return normalised(scaled, 16);
}

export const digits: Reference = {
  name: 'digits',
  heads: 2,
  checkpoint: () => `${examples}/checkpoint.pth.tar`,
  images: () => digitImages(load(`${examples}/heldout_images.npy`)),
  recorded: 3,
};
export const digitLabels = (): NumberArray => load(`${examples}/heldout_labels.npy`).data;

export const swin: Reference = {
  name: 'swin_a',
  checkpoint(directory) {
    const path = join(directory, 'swin_a.pth.tar');
    writeFileSync(path, gunzipSync(readFileSync(`${fixtures}/swin_a.pth.tar.gz`)));
    return path;
  },
  images: () => normalised(load(`${fixtures}/swin_a.npy`)),
  recorded: 4,
};

export const recordedOf = ({ name }: Reference): Recorded => JSON.parse(gunzipSync(readFileSync(`${fixtures}/${name}.json.gz`)).toString());

const bytesOf = ({ buffer, byteOffset, byteLength }: NumberArray): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
export const sha256 = (...parts: readonly NumberArray[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(bytesOf(part));
  return hash.digest('hex');
};
