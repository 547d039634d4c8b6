import { join } from 'node:path';
import { readBytes, withScratchDirectory } from '../formats/files.ts';
import { type Firmware, writeFirmware } from '../targets/firmware.ts';
import type { Plan } from '../targets/plan.ts';
import type { Target } from '../targets/target.ts';
import { buildInPassing } from './build.ts';
import { cacheDirectory, type Environment, fileCache, sha256 } from './file-cache.ts';

/** A name for what will be built: the same files, target, machine and compiler give the same. */
function keyOf(files: Firmware, target: string, compiler: string | undefined): string {
  const contents = [...files].flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    return [`${JSON.stringify([path, bytes.length])}\n`, bytes];
  });
  return sha256(JSON.stringify([target, compiler ?? '', process.platform, process.arch]), ...contents).toString('hex');
}

/** The bytes of a plan's executable, which is built only if the cache has none of the same firmware. */
export async function buildCached(
  name: string,
  target: Target,
  plan: Plan,
  { cc, environment = process.env }: { readonly cc?: string | undefined; readonly environment?: Environment } = {},
): Promise<Uint8Array> {
  const files = await target.emit(plan);
  const key = keyOf(files, name, cc ?? environment['BITWRIGHT_CC']);
  const cache = fileCache(cacheDirectory('firmware', environment));
  const before = cache.find(key);
  if (before) return before;
  const built = await withScratchDirectory(async (scratch) => {
    const folder = join(scratch, 'firmware');
    await writeFirmware(files, folder);
    const { executable } = await buildInPassing(target, folder, cc, 'run bitwright deploy with --out, and read the build.log there');
    return readBytes(executable);
  });
  cache.keep(key, built);
  return built;
}
