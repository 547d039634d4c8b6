import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { traceModel } from '../../src/cli/bridge.ts';
import type { Io } from '../../src/cli/command.ts';
import { parseSafetensors } from '../../src/formats/safetensors.ts';
import { brevitasPython, describeWithPython, oldBrevitasPython } from '../python.ts';

const example = (name: string): string => new URL(`../../examples/digits/${name}`, import.meta.url).pathname;
const io = { progress: () => ({ update: () => {}, end: () => {} }) } as unknown as Io;

for (const [brevitas, program] of [
  ['the newest Brevitas', brevitasPython],
  ['Brevitas 0.12', oldBrevitasPython],
] as const)
  describeWithPython(program, `with ${brevitas}`, (python) => {
    test('the digits model is traced into the bundle of the examples', async () => {
      const root = mkdtempSync(join(tmpdir(), 'bitwright-trace-'));
      const out = join(root, 'bundle');
      const source = { kind: 'python', file: example('model.py'), modelClass: undefined, checkpoint: example('checkpoint.pth') } as const;
      await traceModel({ ...source, samples: [], inputShapes: ['1,1,8,8'], initArguments: [], python }, out, io);
      const [traced, committed] = [out, example('bundle')].map((path) => ({
        graph: JSON.parse(readFileSync(join(path, 'bundle.json'), 'utf8')),
        tensors: parseSafetensors(readFileSync(join(path, 'tensors.safetensors')), path).tensors,
      }));
      expect(traced?.graph.records.map((record: { location: string }) => ({ ...record, location: '' }))).toEqual(
        committed?.graph.records.map((record: { location: string }) => ({ ...record, location: '' })),
      );
      for (const [name, tensor] of traced?.tensors ?? [])
        if (!/^sample/.test(name)) expect(tensor, name).toEqual(committed?.tensors.get(name));
      rmSync(root, { recursive: true });
    });
  });
