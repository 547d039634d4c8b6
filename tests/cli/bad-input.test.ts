import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aresNetworks } from '../../models/ares/networks.ts';
import { writeAresModel } from '../../models/ares/write.ts';
import { printNpy } from '../../src/formats/npy.ts';
import { parseSafetensors, printSafetensors } from '../../src/formats/safetensors.ts';
import { type Dtype, elements, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { brevitasPython, describeWithPython } from '../python.ts';
import { bitwright } from './bitwright.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const mlp = join(checkout, 'tests/fixtures/brevitas/mlp');
const main = join(checkout, 'dist/cli/main.js');

let root = '';
const at = (...names: string[]): string => join(root, ...names);
const write = (name: string, data: string | Uint8Array): string => {
  writeFileSync(at(name), data);
  return at(name);
};
const npy = (dtype: Dtype, shape: readonly number[]): Uint8Array =>
  printNpy(tensor({ dtype, shape }, new Array<number>(elements(shape)).fill(1)));

interface Record_ {
  class: string;
  name: string;
  inputs: string[];
  shape: number[];
  fields: Record<string, unknown>;
}
type Edit = (change: {
  readonly header: { records: Record_[]; outputs: string[]; schema: number };
  readonly record: (name: string) => Record_;
  readonly tensors: Map<string, Tensor>;
}) => void;

/** A copy of the bundle mlp in which something is changed. */
function changed(edit: Edit): string {
  const directory = at('bundle');
  cpSync(mlp, directory, { recursive: true });
  const header = JSON.parse(readFileSync(join(mlp, 'bundle.json'), 'utf8'));
  const tensors = new Map(parseSafetensors(readFileSync(join(mlp, 'tensors.safetensors')), 'mlp').tensors);
  edit({ header, record: (name) => header.records.find((record: Record_) => record.name === name), tensors });
  writeFileSync(join(directory, 'bundle.json'), JSON.stringify(header));
  writeFileSync(join(directory, 'tensors.safetensors'), printSafetensors(tensors));
  return directory;
}

/** A copy of the bundle mlp in which a file has other bytes. */
function damaged(file: string, damage: (bytes: Uint8Array) => Uint8Array): string {
  const directory = at('bundle');
  cpSync(mlp, directory, { recursive: true });
  writeFileSync(join(directory, file), damage(readFileSync(join(directory, file))));
  return directory;
}

const withTensor = (name: string, edit: (data: Tensor['data']) => void): string =>
  changed(({ tensors }) => {
    const { type, data } = tensors.get(name)!;
    const copy = data.slice();
    edit(copy);
    tensors.set(name, { type, data: copy });
  });

interface Case {
  /** What is wrong. */
  readonly title: string;
  readonly argv: () => readonly string[] | Promise<readonly string[]>;
  /** What the sentence says: place, what was found, remedy. */
  readonly says: RegExp;
  readonly code?: 1 | 2;
}

const compile = (model: string): string[] => ['compile', model, '--out', at('out')];
const infer = (...input: string[]): string[] => ['infer', mlp, ...input.flatMap((file) => ['--input', file])];
const field = (name: string, key: string, value: unknown) => () =>
  compile(
    changed(({ record }) => {
      record(name).fields[key] = value;
    }),
  );

const cases: readonly Case[] = [
  { title: 'no model', argv: () => ['check'], says: /no model: name a bundle/, code: 2 },
  { title: 'two models', argv: () => ['check', mlp, '--model-file', 'x.py'], says: /two models/, code: 2 },
  {
    title: 'an option of another kind of model',
    argv: () => ['check', mlp, '--model-class', 'Net'],
    says: /--model-class belongs to a \.py model/,
    code: 2,
  },
  { title: 'an unknown command', argv: () => ['deplyo', mlp], says: /unknown command 'deplyo'/, code: 2 },
  { title: 'an unknown option', argv: () => ['check', mlp, '--fast'], says: /unknown option '--fast'/, code: 2 },
  { title: 'an unknown engine', argv: () => ['infer', mlp, '--engine', 'slow'], says: /'slow' is invalid.*fast, reference/, code: 2 },
  { title: 'an unknown target', argv: () => [...compile(mlp), '--target', 'toaster'], says: /'toaster' is invalid.*host/, code: 2 },
  { title: 'no number', argv: () => ['infer', mlp, '--top-k', 'many'], says: /'many' is invalid.*whole number/, code: 2 },
  { title: 'a division by zero', argv: () => ['infer', mlp, '--divide', '0'], says: /'0' is invalid.*other than 0/, code: 2 },
  { title: 'a missing required option', argv: () => ['compile', mlp], says: /required option '--out <directory>'/, code: 2 },
  { title: 'a bad shape', argv: () => ['check', 'x.py', '--input-shape', '1,a'], says: /--input-shape 1,a/, code: 2 },

  {
    title: 'a model that is not there',
    argv: () => compile(at('absent')),
    says: /absent: found no such file or directory.*bitwright extract/,
  },
  { title: 'a file that is no model', argv: () => compile(write('x.bin', 'x')), says: /x\.bin: found a file, expected a bundle/ },
  { title: 'a directory that is no model', argv: () => compile(root), says: /found a directory without bundle\.json/ },
  {
    title: 'a header that is cut off',
    argv: () => compile(damaged('bundle.json', (bytes) => bytes.subarray(0, 900))),
    says: /bundle\.json: found text that is not JSON/,
  },
  {
    title: 'a header of another schema',
    argv: () => compile(changed(({ header }) => Object.assign(header, { schema: 9 }))),
    says: /bundle\.json: found schema.*export/i,
  },
  {
    title: 'tensors that are cut off',
    argv: () => compile(damaged('tensors.safetensors', (bytes) => bytes.subarray(0, bytes.length - 9))),
    says: /tensors\.safetensors.*found \d+ bytes/,
  },
  {
    title: 'tensors that are something else',
    argv: () => compile(damaged('tensors.safetensors', () => new Uint8Array(64).fill(255))),
    says: /tensors\.safetensors: found/,
  },
  {
    title: 'no tensors',
    argv: () => {
      const bundle = damaged('bundle.json', (bytes) => bytes);
      rmSync(join(bundle, 'tensors.safetensors'));
      return compile(bundle);
    },
    says: /tensors\.safetensors: found no such file/,
  },
  {
    title: 'a missing tensor',
    argv: () => compile(changed(({ tensors }) => tensors.delete('fc2.weights'))),
    says: /layer fc2 \(mlp\.py:30\): found no tensor "fc2\.weights"/,
  },
  {
    title: 'a missing scale',
    argv: () => compile(changed(({ record }) => delete record('relu1').fields['scale'])),
    says: /bundle\.json, layer relu1 \(mlp\.py:30\): found no field scale/,
  },
  { title: 'a scale of zero', argv: field('relu1', 'scale', 0), says: /layer relu1 \(mlp\.py:30\).*scale is not a finite number above 0/ },
  { title: 'a scale that is NaN', argv: field('q_in', 'scale', 'nan'), says: /layer q_in \(mlp\.py:30\).*scale is not a finite number/ },
  { title: 'a scale that nothing can reach', argv: field('relu2', 'scale', 1e-30), says: /layer relu2.*found channel 0.*calibrate/i },
  { title: 'a zero point', argv: field('q_in', 'zero_point', 7), says: /layer q_in.*zero point/ },
  {
    title: 'a weight scale of zero',
    argv: () => compile(withTensor('fc1.scales', (data) => data.fill(0))),
    says: /layer fc1 \(mlp\.py:30\).*scale/,
  },
  {
    title: 'a bias that is NaN',
    argv: () => compile(withTensor('fc2.bias', (data) => data.fill(Number.NaN))),
    says: /layer fc2 \(mlp\.py:30\).*NaN/,
  },
  {
    title: 'a cycle',
    argv: () => compile(changed(({ record }) => record('fc1').inputs.splice(0, 1, 'relu2'))),
    says: /layer fc1 \(mlp\.py:30\): found an input from relu2, which comes later.*cycle/,
  },
  {
    title: 'an edge from nowhere',
    argv: () => compile(changed(({ record }) => record('fc3').inputs.splice(0, 1, 'ghost'))),
    says: /layer fc3.*ghost/,
  },
  {
    title: 'an output that is no layer',
    argv: () => compile(changed(({ header }) => header.outputs.splice(0, 1, 'ghost'))),
    says: /output ghost/,
  },
  {
    title: 'a shape that does not fit',
    argv: () => compile(changed(({ record }) => record('relu2').shape.splice(1, 1, 54))),
    says: /layer relu2.*\[1, 54\].*\[1, 53\]/,
  },
  {
    title: 'an unknown layer',
    argv: () => compile(changed(({ record }) => Object.assign(record('relu1'), { class: 'Quaternion' }))),
    says: /layer relu1 \(mlp\.py:30\): found Quaternion.*no such layer/,
  },
  {
    title: 'a float where integers are needed',
    argv: () =>
      compile(
        changed(({ header, record }) => {
          header.records.splice(0, 1);
          record('fc1').inputs = ['x'];
        }),
      ),
    says: /layer fc1.*found a float input.*QuantIdentity/,
  },

  { title: 'an input that is not there', argv: () => infer(at('x.npy')), says: /x\.npy: found no such file/ },
  {
    title: 'an input that is cut off',
    argv: () => infer(write('x.npy', npy('f32', [4, 64]).subarray(0, 300))),
    says: /x\.npy: found \d+ bytes of data, expected 1024/,
  },
  {
    title: 'an input whose header is cut off',
    argv: () => infer(write('x.npy', npy('f32', [4, 64]).subarray(0, 30))),
    says: /x\.npy: found 30 bytes/,
  },
  { title: 'an input that is no .npy', argv: () => infer(write('x.npy', 'PK\u0003\u0004')), says: /x\.npy: found no NumPy signature/ },
  {
    title: 'pickled objects as an input',
    argv: () => infer(join(checkout, 'tests/fixtures/formats/objects.npy')),
    says: /objects\.npy: found an array of pickled Python objects.*astype/,
  },
  {
    title: 'an input of another shape',
    argv: () => infer(write('x.npy', npy('f32', [4, 63]))),
    says: /x\.npy: found an array f32\[4,63\], expected samples of the input x, f32\[N,64\]/,
  },
  {
    title: 'two inputs for one',
    argv: () => infer(write('x.npy', npy('f32', [4, 64])), at('x.npy')),
    says: /found 2 arrays, expected one for each input of the network \(x\)/,
  },
  {
    title: 'labels of other samples',
    argv: () => ['evaluate', mlp, '--images', write('x.npy', npy('f32', [4, 64])), '--labels', write('y.npy', npy('u8', [3]))],
    says: /y\.npy: found 3 classes, expected one for each of 4 samples/,
  },

  {
    title: 'a folder of somebody else as output',
    argv: () => {
      mkdirSync(at('mine'));
      writeFileSync(at('mine', 'thesis.tex'), '');
      return ['compile', mlp, '--out', at('mine')];
    },
    says: /mine: found a directory that holds thesis\.tex.*--force/,
  },
  {
    title: 'a file as output',
    argv: () => ['compile', mlp, '--out', write('out.txt', '')],
    says: /out\.txt: found a file where its path needs a directory/,
  },
  {
    title: 'an output below a file',
    argv: () => ['compile', mlp, '--out', join(write('out.txt', ''), 'x')],
    says: /out\.txt\/x: found a file where its path needs a directory/,
  },
  {
    title: 'a report in the place of a directory',
    argv: () => {
      mkdirSync(at('report.html'));
      return ['check', mlp, '--json-out', at('report.html')];
    },
    says: /report\.html: found a directory, expected a file/,
  },
  {
    title: 'a compiler that is not there',
    argv: () => ['deploy', mlp, '--cc', at('gcc-99'), '--report', at('out')],
    says: /C compiler .*gcc-99: found that it cannot be started.*--cc/,
  },
  {
    title: 'a compiler that fails',
    argv: () => ['deploy', mlp, '--cc', 'false'],
    says: /C compiler false: found exit code 1.*pass --out to keep the firmware/i,
  },
  {
    title: 'firmware that is not there',
    argv: () => ['deploy', mlp, '--firmware', at('fw')],
    says: /--firmware .*fw: found no such directory.*bitwright compile/,
  },
  {
    title: 'a text that is no program',
    argv: () => ['show', write('x.txt', 'program x\nconv1 = ?\n')],
    says: /x\.txt: found a line that cannot be read.*bitwright show/,
  },
  {
    title: 'a text without its tensors',
    argv: () => ['show', write('x.txt', 'program x\nconst w: i8[64] = sha256:12\noutput w\n')],
    says: /x\.txt: found.*not stored beside this text/,
  },
  {
    title: 'a step that is not there',
    argv: () => ['show', mlp, '--program', '--step', 'conv9'],
    says: /mlp: found no step conv9, expected one of relu1, relu2/,
  },
  { title: 'a folder without golden tensors', argv: () => ['verify', root, root], says: /found no test cases, expected test_case_1\// },
  {
    title: 'a run without tensors',
    argv: async () => {
      await bitwright('golden', mlp, '--out', at('golden'));
      mkdirSync(at('run'));
      return ['verify', at('run'), at('golden')];
    },
    says: /run: found none of the \d golden tensors/,
  },
  {
    title: 'a run of another network',
    argv: async () => {
      await bitwright('golden', mlp, '--out', at('golden'));
      mkdirSync(at('run'));
      writeFileSync(at('run', 'relu1.npy'), npy('u8', [4, 76]));
      return ['verify', at('run'), at('golden')];
    },
    says: /relu1\.npy: found u8\[4,76\], expected 4 times u8\[1,77\]/,
  },
  {
    title: 'an ARES file that is cut off',
    argv: async () => {
      await writeAresModel(at('ares'), aresNetworks['T2']!());
      writeFileSync(at('ares', 'network_info.json'), readFileSync(at('ares', 'network_info.json')).subarray(0, 2000));
      return compile(at('ares'));
    },
    says: /network_info\.json: found text that is not JSON/,
  },
  {
    title: 'an ARES layer without its scale',
    argv: async () => {
      await writeAresModel(at('ares'), aresNetworks['T2']!());
      const info = JSON.parse(readFileSync(at('ares', 'network_info.json'), 'utf8'));
      delete info.conv1.scale_weight;
      writeFileSync(at('ares', 'network_info.json'), JSON.stringify(info));
      return compile(at('ares'));
    },
    says: /network_info\.json, layer conv1.*scale_weight/,
  },
  {
    title: 'integers of a framework that an ARES directory has not',
    argv: async () => {
      await writeAresModel(at('ares'), aresNetworks['T2']!());
      return ['agree', at('ares')];
    },
    says: /ares: found no golden tensors/,
  },
  {
    title: 'a Python that is not there',
    argv: () => ['check', write('model.py', ''), '--python', at('python9')],
    says: /python9: found no program.*--python/,
  },
  {
    title: 'a bundle as near as another format holds it',
    argv: () => ['extract', mlp, '--nearest', '--out', at('out')],
    says: /--nearest belongs to --format ares/,
    code: 2,
  },
  { title: 'a bundle where a .py model is meant', argv: () => ['extract', mlp, '--out', at('out')], says: /is traced already/, code: 2 },
];

/** One sentence, no stack; progress may stand in front of it. */
function expectSentence(note: string, says: RegExp): void {
  const lines = note
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('bitwright: '));
  expect(lines, note).toHaveLength(1);
  expect(lines[0]).toMatch(says);
  expect(note).not.toMatch(/^ {4}at /m);
}

/** What is in the folder of a test, and could be half-written. */
const suspects = (): string[] => readdirSync(root).filter((name) => name.startsWith('.') || name === 'out');

describe('bad input ends in one sentence, an exit code, and nothing half-written', () => {
  const fresh = (): void => {
    root = mkdtempSync(join(tmpdir(), 'bitwright-bad-'));
  };
  const away = (): void => rmSync(root, { recursive: true, force: true });

  test.each(cases)('$title', async ({ argv, says, code = 1 }) => {
    fresh();
    try {
      const ended = await bitwright(...(await argv()));
      expectSentence(ended.note, says);
      expect(ended.code).toBe(code);
      expect(ended.out).toBe('');
      expect(suspects()).toEqual([]);
    } finally {
      away();
    }
  });

  test('there are at least forty', () => expect(cases.length).toBeGreaterThanOrEqual(40));
});

describe('a process that cannot go on', () => {
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'bitwright-bad-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.skipIf(process.platform === 'win32')('leaves nothing behind when no file can grow any more', () => {
    const { status, stderr } = spawnSync('sh', ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, main, ...compile(mlp)], {
      encoding: 'utf8',
    });
    expectSentence(stderr, /out: found a file that is too large.*expected room for the output/);
    expect(status).toBe(1);
    expect(suspects()).toEqual([]);
  });

  test('leaves nothing behind on Ctrl-C while the compiler runs', async () => {
    const slow = join(root, 'slow-cc');
    const started = join(root, 'started');
    writeFileSync(slow, `#!/bin/sh\ntouch ${started}\nexec sleep 30\n`, { mode: 0o755 });
    const scratch = join(root, 'scratch');
    mkdirSync(scratch);
    const child = spawn(process.execPath, [main, 'deploy', mlp, '--cc', slow, '--report', at('out')], {
      env: { ...process.env, TMPDIR: scratch },
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(suspects()).toEqual([]);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describeWithPython(brevitasPython, 'a model in Python that is wrong', (python) => {
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'bitwright-bad-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const model = [
    'import torch',
    'import brevitas.nn as qnn',
    'def create_model():',
    '    return torch.nn.Sequential(qnn.QuantIdentity(), qnn.QuantLinear(4, 2, bias=True))',
  ].join('\n');

  test('a checkpoint with a malicious pickle is refused and nothing in it runs', async () => {
    const attack = `import os, pickle\nclass Evil:\n    def __reduce__(self): return (os.mkdir, (${JSON.stringify(at('owned'))},))\npickle.dump(Evil(), open(${JSON.stringify(at('evil.pth'))}, 'wb'))`;
    expect(spawnSync(python, ['-c', attack]).status).toBe(0);
    const file = write('model.py', model);
    const ended = await bitwright(
      'extract',
      file,
      '--python',
      python,
      '--checkpoint',
      at('evil.pth'),
      '--input-shape',
      '1,4',
      '--out',
      at('out'),
    );
    expectSentence(ended.note, /evil\.pth/);
    expect(ended.code).toBe(1);
    expect(existsSync(at('owned'))).toBe(false);
    expect(suspects()).toEqual([]);
  });

  test('an operation that cannot be represented stops extract by name and place', async () => {
    const file = write('slope.py', model.replace('qnn.QuantIdentity(),', 'qnn.QuantIdentity(), torch.nn.PReLU(),'));
    const ended = await bitwright('extract', file, '--python', python, '--input-shape', '1,4', '--out', at('out'));
    expectSentence(ended.note, /slope\.py, layer 1.*found PReLU/);
    expect(ended.code).toBe(1);
    expect(suspects()).toEqual([]);
  });
});
