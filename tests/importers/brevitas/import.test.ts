import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parseSafetensors, printSafetensors } from '../../../src/formats/safetensors.ts';
import { definitions } from '../../../src/importers/brevitas/index.ts';
import { importBundle } from '../../../src/importers/bundle/import.ts';
import type { Finding } from '../../../src/importers/module.ts';
import type { Tensor } from '../../../src/numeric/tensor.ts';
import { layers } from '../../../src/operators/layers.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/brevitas/${name}`, import.meta.url));
const digits = fileURLToPath(new URL('../../../examples/digits/bundle', import.meta.url));

interface EditableRecord {
  name: string;
  class: string;
  inputs: string[];
  shape: number[];
  fields: Record<string, unknown>;
  tensors: Record<string, string>;
}
interface EditableBundle {
  [key: string]: unknown;
  records: EditableRecord[];
  outputs: string[];
  inputs: { name: string; shape: number[] }[];
}

const scratch = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

type Edit = (bundle: EditableBundle, record: (name: string) => EditableRecord, tensors: Map<string, Tensor>) => void;

/** A copy of a small bundle after `edit`. */
function editedCopy(name: string, edit: Edit): string {
  const directory = join(scratch, String(count++));
  cpSync(fixture(name), directory, { recursive: true });
  const [header, data] = [join(directory, 'bundle.json'), join(directory, 'tensors.safetensors')];
  const bundle: EditableBundle = JSON.parse(readFileSync(header, 'utf8'));
  const tensors = new Map(parseSafetensors(readFileSync(data), data).tensors);
  edit(bundle, (name) => bundle.records.find((record) => record.name === name)!, tensors);
  writeFileSync(header, JSON.stringify(bundle));
  writeFileSync(data, printSafetensors(tensors));
  return directory;
}

/** What importing the bundle `mlp` says after `edit`. */
const edited = (edit: Edit): Promise<string> => said(editedCopy('mlp', edit));

/** A transformer with a norm and a softmax that nobody supports. */
const strangeTransformer = (): string =>
  editedCopy('transformer_small', (_, record) => {
    record('ln1').class = 'InstanceNorm1d';
    record('softmax').class = 'LogSoftmax';
  });

const said = (directory: string): Promise<string> =>
  importBundle(directory).then(
    () => 'nothing',
    (error: Error) => {
      expect(error.name === 'Error' && !/\n/.test(error.message), error.stack).toBe(true);
      return error.message.replaceAll(directory, 'BUNDLE');
    },
  );

describe('a bundle', () => {
  test('becomes a Network with explicit edges, and the integers that Brevitas computed', async () => {
    const { network, samples, versions } = await importBundle(digits);
    expect(network.name).toBe('digits');
    expect([...network.inputs]).toEqual([['x', [1, 1, 8, 8]]]);
    expect(network.outputs).toEqual(['fc']);
    expect(network.layers.map(({ name, kind, inputs }) => `${name} = ${kind}(${inputs})`)).toContain('add = add(q_res#0,q_res#1)');
    expect(network.layers.find(({ name }) => name === 'relu1')?.inputs).toEqual(['relu1.relu']);
    expect(network.layers.find(({ name }) => name === 'conv1')?.location).toBe('model.py:44');
    expect(samples.count).toBe(16);
    expect(samples.integers.size).toBe(11);
    expect(samples.integers.get('q_res#1')?.type).toEqual({ dtype: 'i8', shape: [16, 24, 8, 8] });
    expect(samples.integers.get('relu1')?.type.dtype).toBe('u8');
    expect(versions).toMatchObject({ brevitas: '0.13.4' });
  });

  test.each(['mlp', 'conv_variants', 'two_input', 'conv1d_net', 'densenet_small', 'resnet_small', 'transformer_small'])(
    '%s imports',
    async (name) => {
      const findings: Finding[] = [];
      const { network } = await importBundle(fixture(name), (finding) => findings.push(finding));
      expect(network.outputs.length).toBe(1);
      expect(findings.every(({ status }) => status === 'supported')).toBe(true);
    },
  );

  test('stops at the first layer that is not supported, by name and place, with what to use instead', async () => {
    const message = await said(strangeTransformer());
    expect(message).toBe(
      'BUNDLE/bundle.json, layer ln1 (transformer_small.py:59): found InstanceNorm1d: Bitwright has no such layer, ' +
        'expected a layer of the page Supported layers. Use BatchNorm, LayerNorm, GroupNorm or RMSNorm.',
    );
  });

  test('can be checked as a whole: one finding per record; what lies behind a refusal is unreached, unless its class is unknown', async () => {
    const findings: Finding[] = [];
    const { network, samples } = await importBundle(strangeTransformer(), (finding) => findings.push(finding));
    expect(network.layers.map(({ name }) => name)).toEqual(['q_in', 'q_res1#0']);
    expect(network.outputs).toEqual([]);
    expect([...samples.integers.keys()]).toEqual(['q_in', 'q_res1#0']);
    const unsupported = findings.filter(({ status }) => status === 'unsupported').map(({ moduleName }) => moduleName);
    expect(unsupported).toEqual(['ln1', 'softmax']);
    expect(findings.filter(({ status }) => status === 'unreached').length).toBe(findings.length - unsupported.length - 2);
    expect(findings[0]).toMatchObject({ detectedType: 'QuantIdentity', mappedOptype: 'quantiser', location: 'transformer_small.py:57' });
  });

  test('drops what does nothing, and looks through it', async () => {
    const message = await edited((bundle, record) => {
      bundle.records.splice(2, 0, { ...record('relu1'), name: 'drop', class: 'Dropout', inputs: ['fc1'], fields: { training: false } });
      record('relu1').inputs = ['drop'];
    });
    expect(message).toBe('nothing');
  });
});

describe('a malformed bundle ends in one sentence that names file and layer', () => {
  test.each<[string, Parameters<typeof edited>[0], string]>([
    ['another format', (bundle) => Object.assign(bundle, { format: 'zip' }), 'BUNDLE/bundle.json: found format: '],
    ['another schema', (bundle) => Object.assign(bundle, { schema: 2 }), 'BUNDLE/bundle.json: found schema: '],
    ['no records', (bundle) => Object.assign(bundle, { records: undefined }), 'BUNDLE/bundle.json: found records: '],
    ['no outputs', (bundle) => Object.assign(bundle, { outputs: [] }), 'BUNDLE/bundle.json: found outputs: '],
    [
      'a record without a class',
      (_, record) => Object.assign(record('fc1'), { class: undefined }),
      'bundle.json, record fc1: found class: ',
    ],
    ['a record without a name', (_, record) => Object.assign(record('fc1'), { name: 3 }), 'bundle.json, record 1: found name: '],
    ['a size of zero', (_, record) => record('fc1').shape.splice(1, 1, 0), 'bundle.json, record fc1: found shape.1: '],
    [
      'a missing scale',
      (_, record) => delete record('relu1').fields['scale'],
      'layer relu1 (mlp.py:30): found no field scale, expected the fields of a QuantReLU',
    ],
    [
      'a text as scale',
      (_, record) => Object.assign(record('relu1').fields, { scale: 'wide' }),
      'layer relu1 (mlp.py:30): found field scale with the value "wide"',
    ],
    [
      'a NaN scale',
      (_, record) => Object.assign(record('relu1').fields, { scale: 'nan' }),
      'layer relu1 (mlp.py:30): found QuantReLU: its scale is not a finite number above 0',
    ],
    ['a scale of zero', (_, record) => Object.assign(record('relu1').fields, { scale: 0 }), 'its scale is not a finite number above 0'],
    ['a negative scale', (_, record) => Object.assign(record('relu1').fields, { scale: -0.5 }), 'its scale is not a finite number above 0'],
    [
      'an unknown layer',
      (_, record) => Object.assign(record('relu1'), { class: 'Warp' }),
      'layer relu1 (mlp.py:30): found Warp: Bitwright has no such layer',
    ],
    [
      'a cycle',
      (_, record) => record('fc1').inputs.splice(0, 1, 'relu2'),
      'layer fc1 (mlp.py:30): found an input from relu2, which comes later or depends on it',
    ],
    [
      'a layer that reads itself',
      (_, record) => record('fc1').inputs.splice(0, 1, 'fc1'),
      'layer fc1 (mlp.py:30): found an input from fc1, which comes later',
    ],
    [
      'an edge from nowhere',
      (_, record) => record('fc1').inputs.splice(0, 1, 'fc9'),
      'found an input from fc9, which is not in the bundle',
    ],
    ['no edges', (_, record) => record('fc1').inputs.splice(0, 1), 'layer fc1 (mlp.py:30): found 0 inputs'],
    ['a second layer of a name', (_, record) => Object.assign(record('relu2'), { name: 'relu1' }), 'found a second record of this name'],
    [
      'a layer named as the input',
      (_, record) => Object.assign(record('relu2'), { name: 'x' }),
      'layer x (mlp.py:30): found a second record of this name',
    ],
    ['a second input of a name', (bundle) => bundle.inputs.push(bundle.inputs[0]!), 'input x: found a second input of this name'],
    ['an output from nowhere', (bundle) => bundle.outputs.splice(0, 1, 'fc9'), 'output fc9: found no record of this name'],
    [
      'a shape that does not fit',
      (_, record) => record('relu1').shape.splice(1, 1, 78),
      'layer relu1 (mlp.py:30): found the shape [1, 78], expected [1, 77]',
    ],
    ['an input that does not fit', (bundle) => bundle.inputs[0]!.shape.splice(1, 1, 65), 'mlp.py:30'],
    [
      'a tensor that is missing',
      (_, __, tensors) => tensors.delete('fc1.weights'),
      'tensors.safetensors, layer fc1 (mlp.py:30): found no tensor "fc1.weights"',
    ],
    [
      'no weights',
      (_, record) => delete record('fc1').tensors['weights'],
      'layer fc1 (mlp.py:30): found QuantLinear: its weights are not quantised',
    ],
    ['no weight scales', (_, record) => delete record('fc1').tensors['scales'], 'layer fc1 (mlp.py:30): found no tensor scales'],
    [
      'a bias of NaN',
      (_, __, tensors) => tensors.get('fc1.bias')!.data.fill(Number.NaN),
      'layer fc1 (mlp.py:30): found bias with the value NaN',
    ],
    [
      'a weight scale of zero',
      (_, __, tensors) => tensors.get('fc1.scales')!.data.fill(0),
      'layer fc1 (mlp.py:30): found scales with the value 0',
    ],
    [
      'too many bits',
      (_, record) => Object.assign(record('relu1').fields, { bit_width: 32 }),
      'its bit width is not a whole number from 2 to 16',
    ],
    [
      'no sample',
      (_, __, tensors) => tensors.delete('sample.input.x'),
      'tensors.safetensors, tensor "sample.input.x": found no such tensor',
    ],
    [
      'another number of samples',
      (bundle) => Object.assign(bundle, { samples: 5 }),
      'tensors.safetensors, tensor "sample.input.x": found f32[4,64], expected the shape [5, 64]',
    ],
    [
      'no output of the samples',
      (_, __, tensors) => tensors.delete('sample.output.fc3'),
      'tensor "sample.output.fc3": found no such tensor',
    ],
  ])('%s', async (_, edit, says) => {
    const message = await edited(edit);
    expect(message).toContain(says);
    expect(message).toMatch(/^BUNDLE\/(bundle\.json|tensors\.safetensors)/);
  });

  test.each<[string, string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['a header that is not JSON', 'bundle.json', () => Buffer.from('{"format": '), /bundle\.json: found text that is not JSON/],
    ['a header that is no object', 'bundle.json', () => Buffer.from('[]'), /bundle\.json: found .+ a bitwright-bundle of schema 1/],
    ['a header that is not text', 'bundle.json', () => Buffer.from([0xff, 0xfe, 0]), /bundle\.json: found bytes that are not UTF-8/],
    ['truncated tensors', 'tensors.safetensors', (bytes) => bytes.subarray(0, bytes.length - 100), /tensors\.safetensors/],
    ['an empty tensor file', 'tensors.safetensors', () => new Uint8Array(0), /tensors\.safetensors: found 0 bytes/],
  ])('%s', async (_, file, change, says) => {
    const directory = join(scratch, String(count++));
    cpSync(fixture('mlp'), directory, { recursive: true });
    writeFileSync(join(directory, file), change(readFileSync(join(directory, file))));
    expect(await said(directory)).toMatch(says);
  });

  test('a missing file', async () => {
    const directory = join(scratch, String(count++));
    cpSync(fixture('mlp'), directory, { recursive: true });
    rmSync(join(directory, 'tensors.safetensors'));
    expect(await said(directory)).toContain('tensors.safetensors: found no such file');
  });
});

describe('the table of definitions', () => {
  test('has each class once, and every refusal in words that fit into a sentence', () => {
    const classes = definitions.flatMap((definition) => definition.classes);
    expect(new Set(classes).size).toBe(classes.length);
    for (const { refuses } of definitions) {
      for (const { reason, suggestion } of refuses) {
        expect(reason).toMatch(/^(it|its|the) .+[^.]$/);
        expect(suggestion).toMatch(/^[a-z][^\n]+[^.]$/);
      }
    }
  });

  test('names kinds of layers that exist', () => {
    const named = definitions.flatMap(({ becomes }) => (becomes.startsWith('nothing') ? [] : becomes.split(', ')));
    expect(named.filter((kind) => !layers.has(kind))).toEqual([]);
  });
});
