import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, simulatedNames, styleNames, suiteTargetNames, targetNames } from '../../src/cli/road.ts';
import { printNpy } from '../../src/formats/npy.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import { tensor } from '../../src/numeric/tensor.ts';
import { targets } from '../../src/targets/index.ts';
import { engineNames as allEngines } from '../../src/verify/engines.ts';
import { simulated } from '../../src/verify/simulated.ts';
import { suiteMachines } from '../../src/verify/suite/judge.ts';
import { bitwright } from './bitwright.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const fixture = (name: string): string => join(checkout, 'tests/fixtures/brevitas', name);
const digits = join(checkout, 'examples/digits');

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitwright-commands-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the options offer every style, engine and target', () => {
  expect([...styleNames].sort()).toEqual([...styles.keys()].sort());
  expect([...engineNames].sort()).toEqual([...allEngines].sort());
  expect([...targetNames].sort()).toEqual(Object.keys(targets).sort());
  expect([...simulatedNames].sort()).toEqual(Object.keys(simulated).sort());
  expect([...suiteTargetNames].sort()).toEqual(Object.keys(suiteMachines).sort());
});

describe('check', () => {
  test('finds every layer of a network compatible', async () => {
    const { code, out } = await bitwright('check', fixture('two_input'));
    expect(out).toMatch(/two_input: compatible \(\d+ supported, 0 unsupported, 0 behind those\)/);
    expect(code).toBe(0);
  });

  test('writes the fields of the predecessor’s checker, names the first layer that is not supported and exits 1', async () => {
    const [file, bundle] = [join(root, 'check.json'), join(root, 'recurrent')];
    cpSync(fixture('transformer_small'), bundle, { recursive: true });
    const header = readFileSync(join(bundle, 'bundle.json'), 'utf8').replace('"LayerNorm"', '"LSTM"');
    writeFileSync(join(bundle, 'bundle.json'), header);
    const { code } = await bitwright('check', bundle, '--json-out', file);
    const found = JSON.parse(readFileSync(file, 'utf8'));
    expect(found).toMatchObject({ model_name: 'transformer_small', compatible: false, exit_code: 1 });
    expect(found.scanned_modules).toBe(found.supported_count + found.unsupported_count + found.skipped_modules);
    expect(found.findings.find(({ status }: { status: string }) => status === 'unsupported')).toMatchObject({
      module_name: 'ln1',
      class_name: 'LSTM',
      suggestion: expect.stringMatching(/QuantConv1d over time/),
    });
    expect(code).toBe(1);
  });

  test('finds what only lowering refuses', async () => {
    const bundle = join(root, 'impossible');
    cpSync(fixture('mlp'), bundle, { recursive: true });
    const header = readFileSync(join(bundle, 'bundle.json'), 'utf8').replace('"scale": 0.0032401657663285732', '"scale": 1e-30');
    writeFileSync(join(bundle, 'bundle.json'), header);
    const { code, out } = await bitwright('check', bundle, '--json');
    const refused = JSON.parse(out).findings.filter(({ status }: { status: string }) => status === 'unsupported');
    expect(refused).toMatchObject([{ module_name: 'relu2', class_name: 'QuantReLU', reason: expect.stringMatching(/channel 0/) }]);
    expect(code).toBe(1);
  });
});

describe('show', () => {
  test.each(['network', 'program'])('a %s that was written with its tensors reads again as the same text', async (kind) => {
    const flags = kind === 'program' ? ['--program'] : [];
    const directory = join(root, `shown-${kind}`);
    expect((await bitwright('show', fixture('two_input'), ...flags, '--out', directory)).code).toBe(0);
    const again = await bitwright('show', join(directory, `${kind}.txt`));
    expect(again.out).toBe((await bitwright('show', fixture('two_input'), ...flags)).out);
    expect(again.out).toMatch(new RegExp(`^${kind} two_input\n`));
  });

  test('lowers a network that was read as text', async () => {
    const text = join(root, 'shown-network', 'network.txt');
    const lowered = await bitwright('show', text, '--program');
    expect(lowered.out).toBe((await bitwright('show', fixture('two_input'), '--program')).out);
  });

  test('prints one step with the constants that it reads', async () => {
    const { out } = await bitwright('show', fixture('mlp'), '--program', '--step', 'relu2');
    expect(out).toMatch(
      /^program mlp\nconst fc2\.weights: i8\[53,77\] = sha256:[0-9a-f]{24}\n(const relu2.*\n){3}relu2: u8\[1,53\] = linear/,
    );
  });
});

describe('infer', () => {
  test('both engines, and any number of workers, give the same integers', async () => {
    const flags = ['infer', fixture('two_input'), '--json'];
    const { out } = await bitwright(...flags, '--engine', 'reference');
    expect((await bitwright(...flags)).out).toBe(out);
    expect((await bitwright(...flags, '--workers', '2')).out).toBe(out);
    expect(JSON.parse(out)[0]).toMatchObject({ sample: 0, output: 'fc', shape: [1, 5] });
  });

  test('divides integers, and takes samples without axes of size 1', async () => {
    const images = [`${digits}/heldout_images.npy`, '--divide', '16'];
    const { out } = await bitwright('infer', `${digits}/bundle`, '--input', ...images, '--json');
    const own = await bitwright('infer', `${digits}/bundle`, '--json');
    expect(JSON.parse(out).slice(0, 16)).toEqual(JSON.parse(own.out));
  });
});

describe('evaluate', () => {
  test('digits: 594 of 599 held-out pictures in integers, the same classes as Brevitas', async () => {
    const files = ['--images', `${digits}/heldout_images.npy`, '--labels', `${digits}/heldout_labels.npy`];
    const predictions = ['--predictions', `${digits}/heldout_predictions.npy`];
    const { out } = await bitwright('evaluate', `${digits}/bundle`, ...files, ...predictions, '--divide', '16', '--json');
    expect(JSON.parse(out)).toMatchObject({ samples: 599, top1: 594, same: 599 });
  });
});

describe('agree', () => {
  test.each(['mlp', 'two_input', 'conv_variants', 'conv1d_net'])('%s agrees with the integers of Brevitas', async (name) => {
    const { code, out } = await bitwright('agree', fixture(name), '--json');
    const found = JSON.parse(out);
    expect(found.agrees).toBe(true);
    expect(found.quantisers.length).toBeGreaterThan(2);
    expect(code).toBe(0);
  });

  test('exits 1 and shows the element where an integer of the framework is another one', async () => {
    const bundle = join(root, 'disagreeing');
    cpSync(fixture('mlp'), bundle, { recursive: true });
    const header = readFileSync(join(bundle, 'bundle.json'), 'utf8').replace('"scale": 0.007625136990100145', '"scale": 0.0077');
    writeFileSync(join(bundle, 'bundle.json'), header);
    const { code, out } = await bitwright('agree', bundle, '--exceptions');
    expect(out).toMatch(/does not agree/);
    expect(out).toMatch(/relu1 +\d+ +0,\d+ +\d+ +\d+ +[\d.]+ +\S+ +failure/);
    expect(code).toBe(1);
  });
});

describe('golden and verify', () => {
  const golden = (): string => join(root, 'golden');
  beforeAll(async () => {
    expect((await bitwright('golden', fixture('mlp'), '--out', golden())).code).toBe(0);
  });

  test('writes the test cases, and the same tensors without headers', () => {
    expect(readdirSync(golden()).sort()).toEqual([
      '.bitwright',
      'bin',
      'program.safetensors',
      'program.txt',
      'summary.json',
      'test_case_1',
      'test_case_2',
      'test_case_3',
      'test_case_4',
    ]);
    expect(readdirSync(join(golden(), 'bin'))).toContain('fc1_weight.bin');
    const one = join(golden(), 'test_case_1');
    expect(JSON.parse(readFileSync(join(one, 'metadata.json'), 'utf8'))).toMatchObject({
      test_case_id: 1,
      input_shape: [1, 64],
      output_shape: [1, 10],
      layers: { relu1: { shape: [1, 77], file: 'intermediate_int8/relu1_int8.npy' } },
    });
    expect(readdirSync(join(one, 'bin')).sort()).toEqual(['input.bin', 'relu1_golden.bin', 'relu2_golden.bin']);
    expect(readFileSync(join(one, 'bin', 'relu1_golden.bin'))).toHaveLength(77);
  });

  test('a run of the same integers exits 0', async () => {
    const { code, out } = await bitwright('verify', golden(), golden());
    expect(out).toMatch(/4 tensors, 0 mismatches\n/);
    expect(code).toBe(0);
  });

  test('a dump of the firmware, all samples in one file for each step, is a run', async () => {
    const run = join(root, 'dump');
    mkdirSync(run);
    const bytes = [1, 2, 3, 4].map((number) => readFileSync(join(golden(), `test_case_${number}`, 'bin', 'relu1_golden.bin')));
    writeFileSync(join(run, 'relu1.bin'), Buffer.concat(bytes));
    const { code, out } = await bitwright('verify', run, golden());
    expect(out).toMatch(/relu1 +linear \| dyadic +u8 1x77 +308 +0 +0\n/);
    expect(out).toMatch(/not in .*dump: q_in, relu2, fc3\n/);
    expect(code).toBe(0);
  });

  test('one changed element is named, with both values and the inputs of its step', async () => {
    const run = join(root, 'changed');
    cpSync(golden(), run, { recursive: true });
    const file = join(run, 'test_case_2', 'intermediate_int8', 'relu2_int8.npy');
    const bytes = readFileSync(file);
    const last = bytes.length - 1;
    const before = bytes[last]!;
    bytes[last] = before ^ 1;
    writeFileSync(file, bytes);
    const { code, out } = await bitwright('verify', run, golden());
    expect(out).toContain(
      `step relu2 is the first that differs: sample 1, element [0, 52] is ${before ^ 1}, not ${before} (1 of 212 elements differ)`,
    );
    expect(out).toMatch(/It reads\n.*\n.*\nrelu1 +u8\[1,77\] +as golden/);
    expect(code).toBe(1);
  });

  test('takes several inputs behind one flag', async () => {
    const [a, b] = [join(root, 'a.npy'), join(root, 'b.npy')];
    writeFileSync(a, printNpy(tensor({ dtype: 'f32', shape: [2, 1, 16, 16] })));
    writeFileSync(b, printNpy(tensor({ dtype: 'f32', shape: [2, 2, 8, 8] })));
    const out = join(root, 'two');
    const { code, note } = await bitwright('golden', fixture('two_input'), '--inputs', a, b, '--out', out);
    expect(note).toBe('');
    expect(code).toBe(0);
    expect(existsSync(join(out, 'test_case_2', 'input1_fp32.npy'))).toBe(true);
  });
});
