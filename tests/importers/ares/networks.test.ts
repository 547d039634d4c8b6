import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AresModel, irregular, powersOfTwo, type Snap, smallRatios } from '../../../models/ares/builder.ts';
import { formulas } from '../../../models/ares/formulas.ts';
import { aresNetworks } from '../../../models/ares/networks.ts';
import { writeAresModel } from '../../../models/ares/write.ts';
import { runReference } from '../../../src/engine/reference.ts';
import { importAres } from '../../../src/importers/ares/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ares } from '../../../src/lowering/styles/ares.ts';
import { operators } from '../../../src/operators/index.ts';
import { compareTensors } from '../../../src/verify/compare.ts';
import { quantiseSample } from '../../../src/verify/samples.ts';
import { stepFacts } from '../../../src/verify/steps.ts';
import { describeWithPython, numpyPython } from '../../python.ts';

const snaps = [irregular, powersOfTwo, powersOfTwo, ...new Array<Snap>(8).fill(smallRatios)];
/** The suite's networks, and one with a layer of every type whose scales bring its roundings to ties. */
const models: Readonly<Record<string, () => AresModel>> = {
  ...aresNetworks,
  ...Object.fromEntries(snaps.map((snap, seed) => [`formulas-${seed}`, () => formulas(seed, snap)])),
};
const names = Object.keys(models);
const suite = Object.keys(aresNetworks);

/** Multiply-accumulates of each layer, in order: table 4.4 of the description of ARES. T10 and T36 are known by their sums. */
const macs: Readonly<Record<string, readonly number[]>> = {
  T1: [112_896, 903_168, 15_680],
  T2: [156_800, 15_680],
  T3: [200_704, 32_768, 1_280],
  T4: [112_896, 1_806_336, 160],
  T5: [56_448, 451_584, 451_584, 7_840],
  T6: [663_552, 2_654_208, 1_990_656, 8_640],
  T7: [225_792, 401_408, 401_408, 320],
  T8: [112_896, 903_168, 1_806_336, 225_792, 160],
  T9: [97_344, 3_115_008, 17_305_600, 557_568, 160],
  T28: [2_352, 921_984, 320],
  T30: [49_152, 589_824, 182_016, 121_581, 65_664, 640],
  T37: [8_192, 16_384, 1_280],
};
const totals: Readonly<Record<string, number>> = { T10: 28_573_184, T36: 6_019_424 };

describeWithPython(numpyPython, 'the ares style against an independent reading in NumPy', (python) => {
  const scratch = mkdtempSync(join(tmpdir(), 'bitwright-ares-'));
  const directoryOf = (name: string): string => join(scratch, name);
  afterAll(() => rmSync(scratch, { recursive: true }));

  beforeAll(async () => {
    for (const name of names) await writeAresModel(directoryOf(name), models[name]!());
    const { status, stderr } = spawnSync(python, [join(import.meta.dirname, 'reference.py'), ...names.map(directoryOf)], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test.each(names)('every integer of %s', async (name) => {
    const { network, cases } = await importAres(directoryOf(name));
    const program = lower(network, { style: ares, fuse: false });
    expect(cases.length).toBe(2);
    const inputs = [...network.inputs.keys()];
    const unseen = new Set(models[name]!().layers.map((layer) => layer.name));
    for (const golden of cases) {
      const values = runReference(program, quantiseSample(program, new Map(inputs.map((input, at) => [input, golden.inputs[at]!]))));
      for (const [layer, expected] of golden.layers) {
        const found = values.get(layer) ?? expect.fail(`no value ${layer}`);
        expect(found.type.shape, layer).toEqual(expected.type.shape);
        expect({ layer, ...compareTensors(found, expected) }).toMatchObject({ layer, mismatches: 0 });
        unseen.delete(layer);
      }
      expect(compareTensors(values.get(program.outputs[0]!)!, golden.outputs[0]!)).toMatchObject({ mismatches: 0 });
    }
    // the logits, and what a float input passes before it is quantised
    expect([...unseen].every((layer) => layer === 'classifier' || layer === 'flatten')).toBe(true);
  });

  test.each(suite)('%s keeps most values inside the clamp and uses many of them', async (name) => {
    const { cases } = await importAres(directoryOf(name));
    for (const [layer, { data }] of cases[0]!.layers) {
      const inside = data.filter((value) => value > -128 && value < 127).length;
      expect(inside / data.length, layer).toBeGreaterThan(0.5);
      expect(new Set(data).size, layer).toBeGreaterThan(Math.min(4, data.length - 1));
    }
  });

  test.each(suite)('layer MACs of %s', async (name) => {
    const { network } = await importAres(directoryOf(name));
    const found = stepFacts(lower(network, { style: ares }), operators).flatMap(({ macs: own }) => (own > 0 ? [own] : []));
    if (macs[name]) expect(found).toEqual(macs[name]);
    else expect(found.reduce((sum, own) => sum + own)).toBe(totals[name]);
  });
});
