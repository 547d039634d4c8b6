import { readBytes } from '../formats/files.ts';
import { decodePicture } from '../formats/images/decode.ts';
import type { Picture } from '../formats/images/picture.ts';
import { type PreprocessingName, preprocessings } from '../formats/images/preprocess.ts';
import type { PillowVersion } from '../formats/images/resample.ts';
import { inParallel } from '../targets/host/process.ts';

export interface PictureOptions {
  /** Of the square that the network takes. */
  readonly side: number;
  readonly preprocess: PreprocessingName;
  readonly pillow: PillowVersion;
}

/** Pictures that are decoded at a time: sharp's threads are four. */
const width = 4;

/** A file as the network takes it. */
export const readPicture = async (path: string, { side, preprocess, pillow }: PictureOptions): Promise<Picture> =>
  preprocessings[preprocess](await decodePicture(await readBytes(path), path), side, pillow);

/** All files, in their order. */
export const readPictures = (paths: readonly string[], options: PictureOptions): Promise<Picture[]> =>
  inParallel(paths, width, (path) => readPicture(path, options));
