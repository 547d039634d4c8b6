import { isLegacy } from './legacy.ts';
import { withFileSource } from './source.ts';
import { isZip } from './zip.ts';

/** The names that training scripts give to checkpoints. */
const usualName = /\.(pth|pt|pth\.tar|ckpt)$/;

/** Whether a file is a checkpoint by its name or its first bytes: so that a broken one is refused as one. */
export const looksLikeCheckpoint = async (path: string): Promise<boolean> =>
  usualName.test(path) ||
  withFileSource(path, async (source) => {
    const start = await source.read(0, Math.min(source.size, 512));
    return isZip(start) || isLegacy(start);
  });
