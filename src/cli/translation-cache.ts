import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Translations } from '../simulator/machine.ts';
import { cacheDirectory, type Environment, fileCache, sha256 } from './file-cache.ts';

/** The translator that a file was written by: one that was changed reads none of another's. */
function translatorVersion(): Buffer {
  const folder = fileURLToPath(new URL('../simulator/', import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.d)\.[jt]s$/.test(name));
  return sha256(process.version, ...names.sort().flatMap((name) => [name, readFileSync(join(folder, name))]));
}

/** Translated code of simulated programs. */
export function translationCache(environment: Environment = process.env): Translations {
  let version: Buffer | undefined;
  return fileCache(cacheDirectory('translations', environment), () => {
    version ??= translatorVersion();
    return version;
  });
}
