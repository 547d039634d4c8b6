import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseNpy } from '../../src/formats/npy.ts';
import { parseSafetensors } from '../../src/formats/safetensors.ts';
import type { Agreement } from '../../src/verify/agree/agree.ts';
import { sampleOf } from '../../src/verify/agree/framework.ts';
import { topK } from '../../src/verify/top.ts';
import { brevitasPython } from '../python.ts';
import { testRungs } from './ladder.ts';
import { readSubject } from './rungs.ts';

const folder = process.env['BITWRIGHT_REFERENCE'];
const reference = folder === undefined ? undefined : join(folder, 'brevitas');
const names = ['digits_cnn', 'resnet_small', 'densenet_small', 'mlp', 'conv_variants', 'two_input', 'conv1d_net', 'transformer_small'];

/** A layer of the reference's own agreement.json; D2: how many of its quantiser's `n` integers are not those of exact arithmetic with an unrounded bias. */
interface Row {
  readonly requant: string | null;
  readonly n: number;
  /** Absent where nothing rounds a convolution's or linear layer's sum. */
  readonly D2?: number;
  readonly tie2?: number;
}

/** Rounding of convolutions and linear layers as the reference measured it, beside ours on the same quantisers. */
function besides(name: string, rows: readonly Row[], { quantisers }: Agreement): string {
  const measured = rows.filter(({ D2 }) => D2 !== undefined);
  const own = quantisers.filter(({ name: quantiser }) => measured.some(({ requant }) => requant === quantiser));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const cells = [
    sum(measured.map(({ n }) => n)),
    sum(measured.map(({ D2 }) => D2 ?? 0)),
    Math.max(...measured.map(({ tie2 }) => tie2 ?? 0)).toExponential(1),
    sum(own.map(({ values }) => values)),
    sum(own.map(({ exceptions, ties }) => exceptions + ties)),
    Math.max(...own.map(({ distance }) => distance)).toExponential(1),
    sum(quantisers.filter((row) => !own.includes(row)).map(({ values }) => values)),
    sum(quantisers.filter((row) => !own.includes(row)).map(({ exceptions, ties }) => exceptions + ties)),
  ];
  return [name.padEnd(16), ...cells.map((cell) => String(cell).padStart(12))].join(' ');
}
const besidesHeader = [
  'network'.padEnd(16),
  ...['README n', 'README D2', 'distance', 'our n', 'our D2', 'distance', 'other n', 'differ'].map((cell) => cell.padStart(12)),
].join(' ');

const absent = brevitasPython === undefined ? 'no Python with PyTorch and Brevitas' : 'no folder is named by BITWRIGHT_REFERENCE';
describe.skipIf(reference === undefined || brevitasPython === undefined)(
  `the reference networks, traced anew${reference && brevitasPython ? '' : ` (skipped: ${absent})`}`,
  () => {
    const bundles = mkdtempSync(join(tmpdir(), 'bitwright-reference-'));
    const file = (name: string): Buffer => readFileSync(join(reference!, name));
    const measured: string[] = [];
    const pictures: string[] = [];
    const { subjects, agreementOf, tables } = testRungs(names, async () => {
      const script = join(import.meta.dirname, 'export_reference.py');
      const { status, stderr } = spawnSync(brevitasPython!, [script, reference!, bundles], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      return Promise.all(names.map((name) => readSubject(name, join(bundles, name))));
    });
    afterAll(() => {
      rmSync(bundles, { recursive: true });
      console.log(tables([besidesHeader, ...measured, ...pictures, '']));
    });

    test.each(names)(
      "%s: its integers are Brevitas's own, as closely as the reference's exact arithmetic",
      async (name) => {
        const found = await agreementOf(subjects.get(name)!);
        measured.push(besides(name, JSON.parse(file('agreement.json').toString())[name] as Row[], found));
      },
      120_000,
    );

    test.each(names)('%s: the stored integers of another processor and version are at most a few ties away', (name) => {
      const { samples } = subjects.get(name)!.bundle;
      const { tensors } = parseSafetensors(file(`${name}.safetensors`), `${name}.safetensors`);
      let [values, differ] = [0, 0];
      for (const [quantiser, { data }] of samples.integers) {
        const stored = tensors.get(`${quantiser}.int`)!.data;
        values += stored.length;
        differ += Array.from(stored).filter((integer, position) => integer !== data[position]).length;
      }
      expect(values).toBeGreaterThan(500);
      expect(differ / values).toBeLessThan(1e-3);
    });

    test('digits_cnn: 594 of 599 held-out pictures in integers, and the stored logits but for pictures at a tie', () => {
      const { golden, program, bundle } = subjects.get('digits_cnn')!;
      const logits = golden.map((values) => values.get(program.outputs[0]!)!);
      const [labels, predicted, stored] = ['labels', 'pred', 'logits'].map((part) =>
        parseNpy(file(`digits_heldout_${part}.npy`), `digits_heldout_${part}.npy`),
      );
      const classes = logits.map(({ data }) => topK(data, 1)[0]!.index);
      expect(classes.filter((found, index) => found === labels!.data[index])).toHaveLength(594);
      expect(classes).toEqual(Array.from(predicted!.data));
      const differences = logits.map(({ data }, index) => {
        const theirs = sampleOf(stored!, index, bundle.samples.count).data;
        return Math.max(...Array.from(data, (logit, position) => Math.abs(logit - theirs[position]!)));
      });
      expect(Math.max(...differences)).toBeLessThan(0.005);
      expect(differences.filter((difference) => difference > 1e-5).length).toBeLessThanOrEqual(20);
      pictures.push(
        `digits_cnn: ${differences.filter((difference) => difference > 1e-5).length} pictures with other logits, by up to ${Math.max(...differences)}`,
      );
    });
  },
);
