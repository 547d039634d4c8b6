import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseNpy, printNpy } from '../../../src/formats/npy.ts';
import { importBundle } from '../../../src/importers/bundle/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { styles } from '../../../src/lowering/styles/index.ts';
import { elements, type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { classFigures } from '../../../src/verify/suite/classes.ts';

const bundle = fileURLToPath(new URL('../../../examples/digits/bundle', import.meta.url));
const { network } = await importBundle(bundle);
const program = lower(network, { style: styles.get('dyadic')! });

let beside = '';
beforeAll(() => {
  beside = join(mkdtempSync(join(tmpdir(), 'bitwright-classes-')), 'digits');
});
afterAll(() => rmSync(join(beside, '..'), { recursive: true, force: true }));

test('a bundle with nothing beside it says nothing of classes', async () => {
  expect(await classFigures(network, program, bundle)).toBeUndefined();
});

/** The first samples of a file beside the digits' bundle. */
function first(role: string, samples: number): Tensor {
  const path = join(bundle, `../heldout_${role}.npy`);
  const { type, data } = parseNpy(readFileSync(path), path);
  const shape = [samples, ...type.shape.slice(1)];
  return tensor({ dtype: type.dtype, shape }, data.slice(0, elements(shape)));
}

test('more inputs beside a bundle are classified, and counted where the framework or the label says the same', async () => {
  const labels = first('labels', 16);
  labels.data[3] = (labels.data[3]! + 1) % 10;
  writeFileSync(`${beside}.inputs.npy`, printNpy(first('inputs', 16)));
  writeFileSync(`${beside}.logits.npy`, printNpy(first('logits', 16)));
  writeFileSync(`${beside}.labels.npy`, printNpy(labels));
  expect(await classFigures(network, program, beside)).toEqual({ samples: 16, same: 16, right: { integers: 15, framework: 15 } });
});
