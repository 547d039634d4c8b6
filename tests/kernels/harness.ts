import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeElements, encodeElements } from '../../src/formats/elements.ts';
import { bytesOf, type Tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import type { Program, Step } from '../../src/program/program.ts';
import { c } from '../../src/targets/c.ts';
import { cTypes } from '../../src/targets/c-types.ts';
import { kernelSource } from '../../src/targets/firmware.ts';
import { runProcess } from '../../src/targets/host/process.ts';
import { type BuildOptions, buildHost, type Toolchain } from '../../src/targets/host/toolchain.ts';
import { numbered } from '../../src/targets/identifiers.ts';
import type { Body, Work } from '../../src/targets/kernel.ts';
import { portable } from '../../src/targets/portable.ts';

/** One step and the values of its operands, in several cases. */
export interface Trial {
  readonly step: Step;
  readonly cases: readonly ReadonlyMap<string, Tensor>[];
}

/** The portable kernels' way of doing a trial's step. */
function workOf({ step, cases: [first] }: Trial): Work {
  const types = new Map(Array.from(first!, ([name, { type }]) => [name, type]));
  const program: Program = { name: 'trial', inputs: new Map(), constants: new Map(), steps: [step], outputs: [step.name] };
  const [work] = portable.works({ program, step, types, operators, known: () => new Map() }, { cyclesPerMac: 1, cyclesPerElement: 1 });
  return work!;
}

/** A C function that reads one case, runs the step and writes the result. Every tensor is a block of its own, so that a sanitizer sees its ends. */
function emitTrial(trial: Trial, number: number): string {
  const { step, cases } = trial;
  const names = [...cases[0]!.keys()];
  const symbol = (value: string): string => (value === step.name ? 'result' : `value_${names.indexOf(value)}`);
  const unique = numbered(['result', ...names.map(symbol)]);
  const work = workOf(trial);
  const body: Body = {
    pointer: symbol,
    plainName: symbol,
    kept: () => undefined,
    scratch: (offset) => `(memory + ${offset})`,
    local: (name) => unique(name.replaceAll('-', '_')),
  };
  const loads = Array.from(cases[0]!.values(), ({ type }, index) => {
    const element = cTypes[type.dtype];
    return `${element} *const value_${index} = (${element} *)load(in, ${bytesOf(type)});`;
  });
  return c`
    static void trial_${number}(FILE *in, FILE *out)
    {
      ${loads}
      ${cTypes[step.type.dtype]} *const result = (${cTypes[step.type.dtype]} *)malloc(${bytesOf(step.type)});
      uint8_t *const memory = (uint8_t *)malloc(${work.scratch});
      ${portable.emit(work, body, { cyclesPerMac: 1, cyclesPerElement: 1 })}
      fwrite(result, 1, ${bytesOf(step.type)}, out);
      ${names.map((name) => `free(${symbol(name)});`)}
      free(result);
      free(memory);
    }`;
}

export const emitHarness = (trials: readonly Trial[]): string => c`
  #include "bitwright.h"

  #include <stdio.h>
  #include <stdlib.h>

  static void *load(FILE *in, size_t bytes)
  {
    void *const data = malloc(bytes);
    if (data == NULL || fread(data, 1, bytes, in) != bytes) abort();
    return data;
  }

  ${trials.map(emitTrial).join('\n\n')}

  int main(int argc, char **argv)
  {
    if (argc != 3) return 2;
    FILE *const in = fopen(argv[1], "rb"), *const out = fopen(argv[2], "wb");
    if (in == NULL || out == NULL) return 1;
    ${trials.flatMap(({ cases }, number) => `for (int k = 0; k < ${cases.length}; k++) trial_${number}(in, out);`)}
    fclose(in);
    return fclose(out);
  }
  `;

const kernelFolder = new URL('../../kernels/', import.meta.url);

/** Compiles the kernels of the trials and a harness around them, and returns what the C code makes of every case. `plant` may change a source. */
export async function runTrials(
  trials: readonly Trial[],
  folder: string,
  toolchain: Toolchain,
  options: BuildOptions,
  plant = (_name: string, source: string): string => source,
): Promise<Tensor[][]> {
  await mkdir(join(folder, 'kernels'), { recursive: true });
  const needed = new Set(trials.flatMap((trial) => portable.sources(workOf(trial))));
  for (const name of await readdir(kernelFolder)) {
    if (name.endsWith('.h') || needed.has(name)) await writeFile(join(folder, 'kernels', name), plant(name, await kernelSource(name)));
  }
  await writeFile(join(folder, 'harness.c'), `${emitHarness(trials)}\n`);
  const values = trials.flatMap(({ cases }) => cases.flatMap((each) => Array.from(each.values(), encodeElements)));
  await writeFile(join(folder, 'in.bin'), Buffer.concat(values));
  const executable = await buildHost(folder, toolchain, options);
  const finished = await runProcess(executable, [join(folder, 'in.bin'), join(folder, 'out.bin')]);
  if (finished.code !== 0) throw new Error(`the harness ended with ${finished.signal ?? finished.code}: ${finished.stderr}`);
  const out = readFileSync(join(folder, 'out.bin'));
  let offset = 0;
  return trials.map(({ step: { type }, cases }) =>
    cases.map(() => {
      const bytes = out.subarray(offset, offset + bytesOf(type));
      offset += bytes.length;
      return { type, data: decodeElements(type.dtype, bytes, 'out.bin') };
    }),
  );
}
