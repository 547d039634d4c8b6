import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDirectory } from '../../src/formats/files.ts';
import { printNpy } from '../../src/formats/npy.ts';
import { writeAresFiles } from '../../src/importers/ares/write.ts';
import { elements, type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { type AresModel, xorshift } from './builder.ts';

/** Samples of every input: numbers of variance 1, then numbers that saturate int8 at both ends. */
function samplesOf({ inputs }: AresModel): Tensor[][] {
  const next = xorshift(1);
  const uniform = () => (next() >>> 8) / 2 ** 23 - 1;
  const values = [() => uniform() + uniform() + uniform(), () => (next() >>> 31 ? 100 : -100)];
  return values.map((value) =>
    inputs.map((shape: Shape) => tensor({ dtype: 'f32', shape }, Float32Array.from({ length: elements(shape) }, value))),
  );
}

/** Writes network_info.json, weights/ and the inputs of test_cases/ as ARES lays them out. */
export const writeAresModel = (directory: string, model: AresModel): Promise<void> =>
  writeDirectory(directory, async (temporary) => {
    await writeAresFiles(temporary, model.layers);
    for (const [index, inputs] of samplesOf(model).entries()) {
      const folder = join(temporary, 'test_cases', `test_case_${index + 1}`);
      await mkdir(folder, { recursive: true });
      for (const [at, input] of inputs.entries()) {
        await writeFile(join(folder, `input${inputs.length > 1 ? at : ''}_fp32.npy`), printNpy(input));
      }
    }
  });
