import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runReference } from '../../../src/engine/reference.ts';
import { importBundle } from '../../../src/importers/bundle/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { dyadic } from '../../../src/lowering/styles/dyadic.ts';
import type { NumberArray, Tensor } from '../../../src/numeric/tensor.ts';
import { brevitasPython, describeWithPython, oldBrevitasPython } from '../../python.ts';
import { runPython } from './python.ts';

const part = ({ data }: Tensor, count: number, index: number): NumberArray =>
  data.slice((index * data.length) / count, ((index + 1) * data.length) / count);

/** Runs the bundle's samples end to end and counts the integers that differ from Brevitas's own. */
async function differences(directory: string): Promise<{ readonly values: number; readonly differ: number; readonly largest: number }> {
  const { network, samples } = await importBundle(directory);
  const program = lower(network, { style: dyadic, fuse: false });
  const distances = Array.from({ length: samples.count }, (_, index) => {
    const own = (name: string): NumberArray => part(samples.integers.get(name)!, samples.count, index);
    const inputs = new Map([...program.inputs].map(([name, { type }]) => [name, { type, data: own(name) }]));
    const values = runReference(program, inputs);
    return [...samples.integers.keys()].flatMap((name) => {
      const got = values.get(name)!.data;
      return Array.from(own(name), (wanted, position) => Math.abs(wanted - got[position]!));
    });
  }).flat();
  return { values: distances.length, differ: distances.filter((distance) => distance > 0).length, largest: Math.max(...distances) };
}

interface Exported {
  readonly supported: readonly string[];
  /** What the refusal says, by the name of the bundle. */
  readonly unsupported: Readonly<Record<string, string>>;
}

for (const [version, found] of [
  ['', brevitasPython],
  [' with Brevitas 0.12', oldBrevitasPython],
] as const) {
  describeWithPython(found, `the bridge${version}`, (python) => {
    const directory = mkdtempSync(join(tmpdir(), 'bridge-'));
    let exported: Exported;
    beforeAll(() => {
      exported = JSON.parse(runPython(python, ['export_models.py', directory]));
    }, 120_000);
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    test('traces every way of writing a layer, and its integers are those of the Program', async () => {
      expect(exported.supported.length).toBeGreaterThan(8);
      for (const name of exported.supported) {
        const { values, differ, largest } = await differences(join(directory, name));
        expect(values, name).toBeGreaterThan(50);
        expect(differ, name).toBeLessThanOrEqual(values / 1000); // a float sum of Brevitas at a tie
        expect(largest, name).toBeLessThanOrEqual(1);
      }
    });

    test('traces what nobody supports as it is, and the importer says why not and what to do', async () => {
      expect(Object.keys(exported.unsupported).length).toBeGreaterThan(40);
      for (const [name, says] of Object.entries(exported.unsupported)) {
        const message = await importBundle(join(directory, name)).then(
          () => 'nothing',
          (error: Error) => error.message,
        );
        expect(message, name).toContain(says);
        expect(message, name).toMatch(/bundle\.json, layer \S+ \(unsupported\.py:\d+\): found .+, expected .+\. [A-Z][^\n]+\.$/);
      }
    });
  });
}

describeWithPython(brevitasPython, 'a trace', (python) => {
  test('has the edges that torch.fx finds, where torch.fx can follow', () => {
    expect(runPython(python, ['cross_check.py'])).toBe('same edges in 6 networks\n');
  }, 60_000);

  test('gives the same bytes when it is made again', () => {
    expect(runPython(python, ['same_bytes.py'])).toBe('same bytes\n');
  }, 60_000);
});

describeWithPython(brevitasPython, "the bridge's command line", (python) => {
  const directory = mkdtempSync(join(tmpdir(), 'bridge-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  let found: { cases: Record<string, [number, string]>; executed: boolean; left: string[] };
  beforeAll(() => {
    found = JSON.parse(runPython(python, ['refusals.py', directory]));
  }, 120_000);

  test('ends each mistake in one sentence and exit code 2', () => {
    const { good, ...mistakes } = found.cases;
    expect(good).toEqual([0, '']);
    expect(Object.keys(mistakes).length).toBeGreaterThan(38);
    for (const [name, [code, errors]] of Object.entries(mistakes)) {
      expect(code, name).toBe(2);
      expect(errors, name).toMatch(/^bitwright: [^\n]+\n$/);
      expect(errors.length, `${name}: ${errors}`).toBeLessThan(320);
    }
  });

  test.each([
    ['syntax', 'syntax.py'],
    ['raises', "raises.py:2: the model's file failed with ValueError: no data set"],
    ['constructor', "unexpected keyword argument 'depth'"],
    ['wrong shape', 'good.py:15: its forward failed with RuntimeError'],
    ['parameter', 'parameter.py:15: an argument of add comes from no layer and no input'],
    ['buffer in cat', 'buffer_in_cat.py:15: an argument of cat comes from no layer'],
    ['item', 'item.py:15: item takes a number out of a tensor'],
    ['branch', 'branch.py:15: __bool__ takes a number out of a tensor'],
    ['assignment', 'assignment.py:15: an assignment into a part of a tensor'],
    ['changed view', "uses a tensor of 'fc' that was changed in place"],
    ['samples', 'samples 0 and 2 take different ways through forward'],
    ['missing keys', 'it does not fit the model: 2 keys missing, such as q.'],
    ['foreign directory', 'full: a directory that holds precious.txt'],
  ])('%s: says where and what', (name, says) => {
    expect(found.cases[name]?.[1]).toContain(says);
  });

  test('never runs the code in a checkpoint, and leaves nothing half-written', () => {
    expect(found.cases['malicious checkpoint']?.[1]).toContain('which are never run');
    expect(found.executed).toBe(false);
    expect(found.left.filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
