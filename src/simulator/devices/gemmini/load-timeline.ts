import { readFile } from 'node:fs/promises';

let compiled: Promise<WebAssembly.Module | undefined> | undefined;

/** The timeline that the package carries, compiled once; undefined where the build did not make it. For Node: a browser compiles what it has fetched. */
export function loadTimeline(): Promise<WebAssembly.Module | undefined> {
  compiled ??= readTimeline();
  return compiled;
}

async function readTimeline(): Promise<WebAssembly.Module | undefined> {
  const file = new URL('../../../../dist/kernels/gemmini.wasm', import.meta.url); // from src/ and from dist/ alike
  const bytes = await readFile(file).catch(() => undefined);
  return bytes && WebAssembly.compile(bytes);
}
