import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { printNpy } from '../../src/formats/npy.ts';
import { readTestCases, type TestCase, writeTestCases } from '../../src/formats/test-cases.ts';
import { integers, random } from '../networks.ts';

const scratch = mkdtempSync(join(tmpdir(), 'bitwright-cases-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const next = random(1);
const floats = (shape: readonly number[]) => integers(next, 'f32', shape, -9, 9);
const cases = (count: number, inputs: number): TestCase[] =>
  Array.from({ length: count }, () => ({
    inputs: Array.from({ length: inputs }, (_, at) => floats([1, at + 2])),
    outputs: [floats([1, 3])],
    layers: new Map([
      ['conv1', integers(next, 'i8', [1, 2, 2], -128, 127)],
      ['block.0.relu', integers(next, 'u8', [1, 4], 0, 255)],
    ]),
  }));

let number = 0;
const directory = (): string => {
  const path = join(scratch, String(number++));
  mkdirSync(path);
  return path;
};

test.each([
  ['one input', 1],
  ['two inputs', 2],
])('what is written reads back: %s', async (_, inputs) => {
  const path = directory();
  const written = cases(11, inputs);
  await writeTestCases(path, written);
  expect(await readTestCases(path)).toEqual(written);
});

test('metadata and summary describe every layer', async () => {
  const path = directory();
  const [one] = cases(1, 1);
  await writeTestCases(path, [one!]);
  const metadata = JSON.parse(readFileSync(join(path, 'test_case_1', 'metadata.json'), 'utf8'));
  const { data } = one!.layers.get('conv1')!;
  expect(metadata).toMatchObject({ test_case_id: 1, input_shape: [1, 2], output_shape: [1, 3] });
  expect(metadata.layers.conv1).toEqual({
    shape: [1, 2, 2],
    min: Math.min(...data),
    max: Math.max(...data),
    file: 'intermediate_int8/conv1_int8.npy',
  });
  const output = one!.outputs[0]!.data;
  expect(output[metadata.predicted_class]).toBe(Math.max(...output));
  const summary = JSON.parse(readFileSync(join(path, 'summary.json'), 'utf8'));
  expect(summary).toEqual({ num_test_cases: 1, network_layers: ['conv1', 'block.0.relu'], test_cases: [metadata] });
});

test('without metadata the layers are found by their files', async () => {
  const path = directory();
  const written = cases(1, 1);
  await writeTestCases(path, written);
  rmSync(join(path, 'test_case_1', 'metadata.json'));
  const [read] = await readTestCases(path);
  expect([...read!.layers.keys()]).toEqual(['block.0.relu', 'conv1']);
});

test.each([
  [
    'metadata of another form',
    (folder: string) => writeFileSync(join(folder, 'metadata.json'), '{"layers": [1]}'),
    /metadata.json: found layers/,
  ],
  [
    'a file outside the test case',
    (folder: string) => writeFileSync(join(folder, 'metadata.json'), '{"layers": {"a": {"file": "../../secret.npy"}}}'),
    /metadata.json: found the file \.\.\/\.\.\/secret.npy, expected a file in intermediate_int8/,
  ],
  [
    'a missing tensor',
    (folder: string) => rmSync(join(folder, 'intermediate_int8', 'conv1_int8.npy')),
    /conv1_int8.npy: found no such file/,
  ],
  [
    'floats in the place of integers',
    (folder: string) => writeFileSync(join(folder, 'intermediate_int8', 'conv1_int8.npy'), printNpy(floats([2]))),
    /conv1_int8.npy: found elements of type f32, expected the integers of a layer/,
  ],
] as const)('%s is refused by its file', async (_, spoil, said) => {
  const path = directory();
  await writeTestCases(path, cases(1, 1));
  spoil(join(path, 'test_case_1'));
  await expect(readTestCases(path)).rejects.toThrow(said);
});
