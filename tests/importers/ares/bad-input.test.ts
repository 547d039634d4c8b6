import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AresBuilder, irregular } from '../../../models/ares/builder.ts';
import { formulas } from '../../../models/ares/formulas.ts';
import { writeAresModel } from '../../../models/ares/write.ts';
import { BadInput } from '../../../src/errors.ts';
import { printNpy } from '../../../src/formats/npy.ts';
import { importAres } from '../../../src/importers/ares/import.ts';
import type { Finding } from '../../../src/importers/module.ts';
import { tensor } from '../../../src/numeric/tensor.ts';

const directory = mkdtempSync(join(tmpdir(), 'bitwright-ares-'));
const info = join(directory, 'network_info.json');
afterAll(() => rmSync(directory, { recursive: true }));

const model = new AresBuilder(1, [[2, 4, 4]])
  .quant('input_quant')
  .conv('conv1', 2, 3, 1, 1)
  .relu('relu1')
  .linear('fc1', 4)
  .add('add', 'fc1', 'fc1')
  .flatten('flatten')
  .linear('classifier', 3, { last: true })
  .build('small');

let text = '';
beforeAll(async () => {
  await writeAresModel(join(directory, 'valid'), model);
  text = readFileSync(join(directory, 'valid', 'network_info.json'), 'utf8');
});

type Entry = Record<string, unknown>;
type Info = Record<string, Entry> & { __layer_order__: string[] };

/** What the importer says when network_info.json has been changed; the directory is left out of it. */
async function complaint(change: (network: Info) => unknown): Promise<string> {
  const network = JSON.parse(text) as Info;
  const changed = change(network);
  writeFileSync(info, typeof changed === 'string' ? changed : JSON.stringify(network));
  const error = await importAres(directory).then(
    () => expect.fail('it was read'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BadInput);
  return (error as BadInput).message.replaceAll(`${directory}/`, '');
}

describe('network_info.json with a mistake in it is refused in one sentence', () => {
  const cases: readonly (readonly [what: string, change: (network: Info) => unknown, said: RegExp])[] = [
    ['no JSON', () => text.slice(0, 300), /^network_info.json: found text that is not JSON/],
    ['NaN', () => text.replace(/"scale": [\d.]+/, '"scale": NaN'), /^network_info.json, layer input_quant: found the scale "NaN"/],
    ['no order', (n) => delete (n as Partial<Info>).__layer_order__, /found no list of names in __layer_order__/],
    ['a layer twice in the order', (n) => n.__layer_order__.push('conv1'), /found conv1 twice in __layer_order__/],
    ['a layer outside the order', (n) => n.__layer_order__.splice(1, 1), /layer conv1: found no place in __layer_order__/],
    ['an order of unknown layers', (n) => n.__layer_order__.push('conv9'), /layer conv9: found no entry/],
    ['no type', (n) => delete n['conv1']!['type'], /layer conv1: found no type/],
    ['an unknown type', (n) => set(n, 'flatten', 'type', 'LSTM'), /layer flatten: found LSTM: Bitwright has no such layer/],
    ['no scale', (n) => delete n['input_quant']!['scale'], /layer input_quant: found no scale, expected its scale/],
    ['a scale of 0', (n) => set(n, 'relu1', 'scale', 0), /layer conv1: found the scale 0, expected a finite number above 0/],
    ['a negative scale', (n) => set(n, 'fc1', 'scale_output', -1), /layer fc1: found the scale -1/],
    ['a scale as text', (n) => set(n, 'add', 'scale_output', '1'), /layer add: found the scale "1"/],
    ['no weight scale', (n) => delete n['conv1']!['scale_weight'], /layer conv1: found field scale_weight/],
    [
      'a hidden linear layer without a scale',
      (n) => delete n['fc1']!['scale_output'],
      /layer fc1: found no scale, expected its scale_output/,
    ],
    ['a weight scale per channel', (n) => set(n, 'conv1', 'scale_weight', [1, 2]), /layer conv1: .*its weights have a scale per channel/],
    [
      'a convolution that no quantiser follows',
      (n) => set(n, 'relu1', 'type', 'Flatten'),
      /layer conv1: found no scale, expected a QuantIdentity or/,
    ],
    ['another input scale', (n) => set(n, 'conv1', 'scale_input', 3), /layer conv1: found scale_input 3, expected 0.0/],
    ['an add without inputs', (n) => delete n['add']!['inputs'], /layer add: found no inputs/],
    [
      'a cycle',
      (n) => set(n, 'add', 'inputs', ['fc1', 'classifier']),
      /layer add: found an input from classifier, which comes later or depends on it/,
    ],
    ['an unknown input', (n) => set(n, 'add', 'inputs', ['fc1', 'fc9']), /layer add: found an input from fc9, which is not in the network/],
    [
      'a shape that does not fit',
      (n) => set(n, 'conv1', 'output_shape', [1, 2, 5, 5]),
      /layer conv1: found output_shape \[1, 2, 5, 5\], expected \[1, 2, 4, 4\]/,
    ],
    [
      'a kernel that does not fit',
      (n) => set(n, 'conv1', 'kernel_size', [5, 5]),
      /layer conv1: found weights of shape \[2, 2, 3, 3\], expected \[2, 2, 5, 5\]/,
    ],
    ['a window that does not fit', (n) => set(n, 'conv1', 'stride', [0, 1]), /layer conv1: found field stride.0/],
    ['a dilation', (n) => set(n, 'conv1', 'dilation', [2, 2]), /layer conv1: .*it is dilated/],
    ['rows that do not fit', (n) => set(n, 'fc1', 'in_features', 5), /layer fc1: found weights of shape \[4, 4\], expected \[4, 5\]/],
    ['ragged weights', (n) => weights(n).push([1]), /layer fc1, weight_int8: found lists of different lengths/],
    ['weights beyond 8 bits', (n) => (weights(n)[0]![0] = 200), /layer fc1, weight_int8: found 200 at element 0/],
    ['no weights', (n) => delete n['fc1']!['weight_int8'], /layer fc1: found no weights/],
    ['nothing that tells the input shape', (n) => delete n['input_quant']!['output_shape'], /found nothing that tells the shape of input/],
  ];
  test.each(cases)('%s', async (_, change, said) => {
    const sentence = await complaint(change);
    expect(sentence).toMatch(said);
    expect(sentence).toMatch(/^[^\n]+, expected [^\n]+\. [A-Z][^\n]+\.$/);
  });
});

const set = (network: Info, layer: string, field: string, value: unknown): void => {
  network[layer]![field] = value;
};
const weights = (network: Info): number[][] => network['fc1']!['weight_int8'] as number[][];

test('weights in the JSON and in weights/ that differ are refused', async () => {
  mkdirSync(join(directory, 'weights'), { recursive: true });
  const path = join(directory, 'weights', 'fc1_weight_int8.npy');
  writeFileSync(path, printNpy(tensor({ dtype: 'i8', shape: [4, 4] })));
  try {
    expect(await complaint(() => text)).toMatch(
      /^weights\/fc1_weight_int8.npy, element 0: found 0, expected -?\d+, what network_info.json says of layer fc1/,
    );
    writeFileSync(path, printNpy(tensor({ dtype: 'f32', shape: [4, 4] })));
    expect(await complaint(() => text)).toMatch(/^weights\/fc1_weight_int8.npy: found elements of type f32, expected i8/);
    writeFileSync(path, printNpy(tensor({ dtype: 'i8', shape: [4, 4] })).subarray(0, 90));
    expect(await complaint(() => text)).toMatch(/^weights\/fc1_weight_int8.npy: found 90 bytes/);
  } finally {
    rmSync(path);
  }
});

test('arrays may stand in the JSON alone, or in weights/ alone', async () => {
  const { inputs, layers, name } = formulas(1, irregular);
  const whole = join(directory, 'whole', name);
  await writeAresModel(whole, { inputs, layers, name });
  const { network } = await importAres(whole);
  const file = join(whole, 'network_info.json');
  const json = readFileSync(file, 'utf8');
  const bare = JSON.parse(json, (key, value) => (key === 'weight_int8' || key === 'bias_fp32' ? undefined : value));
  writeFileSync(file, JSON.stringify(bare));
  expect((await importAres(whole)).network).toEqual(network);
  rmSync(join(whole, 'weights'), { recursive: true });
  writeFileSync(file, json);
  expect((await importAres(whole)).network).toEqual(network);
});

test('a check hears of every layer, and of what lies behind a refused one', async () => {
  const network = JSON.parse(text) as Info;
  set(network, 'flatten', 'type', 'AlternatingAttention');
  writeFileSync(info, JSON.stringify(network));
  const findings: Finding[] = [];
  await importAres(directory, (finding) => findings.push(finding));
  expect(findings.map(({ moduleName, status }) => `${moduleName} ${status}`)).toEqual([
    'input_quant supported',
    'conv1 supported',
    'relu1 supported',
    'fc1 supported',
    'add supported',
    'flatten unsupported',
    'classifier unreached',
  ]);
});
