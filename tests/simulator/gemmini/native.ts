import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadTimeline } from '../../../src/simulator/devices/gemmini/load-timeline.ts';

/** What native/ is compiled to, built where it was not. */
export async function builtTimeline(): Promise<WebAssembly.Module> {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  if (!existsSync(`${root}dist/kernels/gemmini.wasm`)) execFileSync(process.execPath, [`${root}tools/build-kernels.mjs`]);
  return (await loadTimeline())!;
}
