import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import * as z from 'zod';
import { BadInput } from '../errors.ts';
import { kindOf, readJson, writeDirectory, writeWhole } from '../formats/files.ts';
import { type Firmware, writeFirmware } from '../targets/firmware.ts';
import type { Plan } from '../targets/plan.ts';
import type { Built, Target } from '../targets/target.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where firmware stays that was built before: the XDG cache directory, on Windows the local application data. */
export function cacheDirectory(environment: Environment = process.env): string {
  const local = process.platform === 'win32' ? environment['LOCALAPPDATA'] : undefined;
  return join(environment['XDG_CACHE_HOME'] || local || join(homedir(), '.cache'), 'bitwright', 'firmware');
}

/** A name for what will be built: the same files, target, machine and compiler give the same. */
function keyOf(files: Firmware, target: string, compiler: string | undefined): string {
  const hash = createHash('sha256').update(JSON.stringify([target, compiler ?? '', process.platform, process.arch]));
  for (const [path, content] of files) {
    const bytes = Buffer.from(content);
    hash.update(`${JSON.stringify([path, bytes.length])}\n`).update(bytes);
  }
  return hash.digest('hex');
}

const record = z.object({ executable: z.string(), compiler: z.string() });
const recordName = 'built.json';

async function builtBefore(folder: string): Promise<Built | undefined> {
  if ((await kindOf(join(folder, recordName))) !== 'file') return undefined;
  const parsed = record.safeParse(await readJson(join(folder, recordName)));
  if (!parsed.success) return undefined;
  const executable = join(folder, parsed.data.executable);
  return (await kindOf(executable)) === 'file' ? { executable, compiler: parsed.data.compiler } : undefined;
}

export interface CachedBuild extends Built {
  /** Whether nothing had to be built. */
  readonly cached: boolean;
}

/**
 * The executable of a plan, which is built only if the cache has none of the same content. A BadInput where the cache cannot be written.
 */
export async function buildCached(
  name: string,
  target: Target,
  plan: Plan,
  { cc, environment = process.env }: { readonly cc?: string | undefined; readonly environment?: Environment } = {},
): Promise<CachedBuild> {
  const files = await target.emit(plan);
  const cache = cacheDirectory(environment);
  const folder = join(cache, keyOf(files, name, cc ?? environment['BITWRIGHT_CC']));
  try {
    const before = await builtBefore(folder);
    if (before) return { ...before, cached: true };
    return { ...(await buildInto(folder, files, target, cc)), cached: false };
  } catch (error) {
    if (!(error instanceof BadInput) || !error.complaint.where.startsWith(cache)) throw error;
    const remedy = 'let XDG_CACHE_HOME name a directory that can be written';
    throw new BadInput({ ...error.complaint, where: `the cache ${cache}`, remedy }, { cause: error });
  }
}

async function buildInto(folder: string, files: Firmware, target: Target, cc: string | undefined): Promise<Built> {
  let built: Built | undefined;
  const fill = async (temporary: string): Promise<void> => {
    const firmware = join(temporary, 'firmware');
    await writeFirmware(files, firmware);
    const { executable, compiler } = await target.build(firmware, cc);
    const path = relative(temporary, executable);
    await writeWhole(join(temporary, recordName), `${JSON.stringify({ executable: path, compiler })}\n`);
    built = { executable: join(folder, path), compiler };
  };
  await writeDirectory(folder, fill, { force: true });
  return built!;
}
