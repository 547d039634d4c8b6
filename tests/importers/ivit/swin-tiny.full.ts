import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { printCheckpoint } from '../../../src/formats/checkpoint/write.ts';
import { withScratchDirectory } from '../../../src/formats/files.ts';
import { importCheckpoint } from '../../../src/importers/ivit/import.ts';
import { normalised, recipePicture } from '../../../src/importers/ivit/recipe.ts';
import { swinTinyState } from '../../../src/importers/ivit/swin-tiny.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { styles } from '../../../src/lowering/styles/index.ts';
import type { Network } from '../../../src/network/network.ts';
import { type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import type { Program } from '../../../src/program/program.ts';
import { engineNames, engines } from '../../../src/verify/engines.ts';
import { quantiseSample } from '../../../src/verify/samples.ts';
import { topK } from '../../../src/verify/top.ts';
import { sha256 } from './networks.ts';

interface Result {
  readonly top5: readonly number[];
  readonly modules: Readonly<Record<string, string>>;
}
/** SHA-256 of every module's integers, as int32, for each picture. */
const { results }: { readonly results: readonly Result[] } = JSON.parse(
  gunzipSync(readFileSync('tests/fixtures/ivit/swin-tiny.json.gz')).toString(),
);
const image = (number: number): Tensor => normalised(tensor({ dtype: 'u8', shape: [1, 3, 224, 224] }, recipePicture(number, 224).data));

let network: Network;
let program: Program;
beforeAll(() =>
  withScratchDirectory(async (directory) => {
    const path = join(directory, 'checkpoint.pth.tar');
    writeFileSync(path, printCheckpoint(await swinTinyState()));
    ({ network } = await importCheckpoint(path));
    program = lower(network, { style: styles.get('dyadic')!, fuse: false });
  }),
);

test.each(engineNames)('Swin-tiny of full size has the integers of PyTorch in all 298 modules on the %s engine', async (name) => {
  const run = (await engines[name]())(program);
  for (const [number, { modules, top5 }] of results.entries()) {
    const inputs = quantiseSample(program, new Map([['image', image(number)]]));
    const values = new Map([...program.constants, ...run(inputs, 'steps')]);
    const different = Object.entries(modules).filter(([module, hash]) => sha256(Int32Array.from(values.get(module)!.data)) !== hash);
    expect(Object.keys(modules)).toHaveLength(298);
    expect(different.map(([module]) => module)).toEqual([]);
    expect(topK(values.get(program.outputs[0]!)!.data, 5).map(({ index }) => index)).toEqual(top5);
    if (name === 'reference') return;
  }
});

test('with tables and joined calls its logits are the same', async () => {
  const inputs = new Map([['image', image(1)]]);
  const logits = async (own: Program): Promise<Tensor> => {
    const run = (await engines.fast())(own);
    return run(quantiseSample(own, inputs), 'outputs').get(own.outputs[0]!)!;
  };
  expect((await logits(lower(network, { style: styles.get('ivit')! }))).data).toEqual((await logits(program)).data);
});
