import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printCheckpoint } from '../../formats/checkpoint/write.ts';
import { printNpy } from '../../formats/npy.ts';
import { type Tensor, tensor } from '../../numeric/tensor.ts';
import { normalised, recipePicture } from './recipe.ts';

/** Writes a checkpoint and made-up pictures, as 8 bits and as the network takes them, into a directory that exists; the names of the files. */
export async function writeExample(
  directory: string,
  state: ReadonlyMap<string, Tensor>,
  { pictures, side }: { readonly pictures: number; readonly side: number },
): Promise<readonly string[]> {
  const images = tensor({ dtype: 'u8', shape: [pictures, 3, side, side] });
  for (let number = 0; number < pictures; number++) images.data.set(recipePicture(number, side).data, number * 3 * side ** 2);
  const files: readonly (readonly [string, Uint8Array])[] = [
    ['checkpoint.pth.tar', printCheckpoint(state)],
    ['images_u8.npy', printNpy(images)],
    ['images.npy', printNpy(normalised(images))],
  ];
  for (const [name, bytes] of files) await writeFile(join(directory, name), bytes);
  return files.map(([name]) => name);
}
