import { readFile } from 'node:fs/promises';
import { BadInput } from '../errors.ts';

let compiled: Promise<WebAssembly.Module> | undefined;

/** The kernels that the package carries, compiled once. For Node: a browser compiles what it has fetched. */
export function loadKernels(): Promise<WebAssembly.Module> {
  compiled ??= readKernels();
  return compiled;
}

async function readKernels(): Promise<WebAssembly.Module> {
  const file = new URL('../../dist/kernels/bitwright.wasm', import.meta.url); // from src/engine/ and from dist/engine/ alike
  try {
    return await WebAssembly.compile(await readFile(file));
  } catch (cause) {
    throw new BadInput(
      { where: file.pathname, found: 'no compiled kernels', expected: 'those that the build makes', remedy: 'run npm run build' },
      { cause },
    );
  }
}
