import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect } from 'vitest';
import { BadInput } from '../../../src/errors.ts';
import type { AresStyle } from '../../../src/importers/ares/directory.ts';
import { aresForm, exportAres } from '../../../src/importers/ares/export.ts';
import { importAres } from '../../../src/importers/ares/import.ts';
import { importBundle } from '../../../src/importers/bundle/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { styles } from '../../../src/lowering/styles/index.ts';
import type { Network } from '../../../src/network/network.ts';
import type { Tensor } from '../../../src/numeric/tensor.ts';
import type { Program } from '../../../src/program/program.ts';
import { inputSample } from '../../../src/verify/agree/framework.ts';
import { computeGolden } from '../../../src/verify/golden.ts';
import { testCaseOf } from '../../../src/verify/golden-files.ts';
import { tableOf } from '../../tables.ts';

const scratch = mkdtempSync(join(tmpdir(), 'bitwright-ares-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const page = tableOf('docs/ares.md', '## The networks of the suite');
const listed = new Map(page.map(([name = '', written = '', golden = '', changed = '']) => [name, { written, golden, changed }]));

/** The Program in the style of ARES, or the exact one where a layer has no formula of that style that is computed. */
function inStyle(network: Network): { readonly program: Program; readonly style: AresStyle } {
  const of = (style: AresStyle) => ({ program: lower(network, { style: styles.get(style)!, fuse: false }), style });
  try {
    return of('ares');
  } catch (error) {
    if (error instanceof BadInput) return of('dyadic');
    throw error;
  }
}

/** The output of the exact Program. */
async function exactly(network: Network, sample: ReadonlyMap<string, Tensor>): Promise<Tensor> {
  const program = lower(network, { style: styles.get('dyadic')!, fuse: false });
  const own = new Map([...network.inputs.keys()].map((input, at) => [input, [...sample.values()][at]!]));
  const [golden] = await computeGolden(program, [own], { engine: 'fast' });
  return golden!.get(program.outputs[0]!)!;
}

/** Writes a bundle of the suite as an ARES directory and reads it back: the same Program and integers, or refused as the page says. */
export async function thereAndBack(bundles: string, name: string): Promise<void> {
  const { network, samples } = await importBundle(join(bundles, name));
  const row = listed.get(name.split('_')[0]!.replace(/^t0?/, 'T')) ?? expect.fail('not on the page');
  let nearest: ReturnType<typeof aresForm>;
  try {
    nearest = aresForm(network, { nearest: true });
  } catch (error) {
    expect(error).toBeInstanceOf(BadInput);
    const { where, found } = (error as BadInput).complaint;
    expect(row.written).toBe(`no: ${where} is ${found}`);
    return;
  }
  expect(row.written).toBe('yes');
  const { form, changes } = nearest;
  const { program, style } = inStyle(form.network);
  expect(row).toMatchObject({ golden: style, changed: String(changes.length) });
  const given = [...inputSample(samples, 0).values()];
  const sample = new Map([...form.network.inputs.keys()].map((input, at) => [input, given[at]!]));
  const [golden] = await computeGolden(program, [sample], { engine: 'fast' });
  const directory = join(scratch, network.name);
  await exportAres(directory, form, { cases: [testCaseOf(form.network, program, sample, golden!)], style });

  const again = await importAres(directory);
  expect(again.style).toBe(style);
  expect(isDeepStrictEqual(again.network.layers, form.network.layers)).toBe(true);
  const second = lower(again.network, { style: styles.get(style)!, fuse: false });
  expect(isDeepStrictEqual({ ...second, name: '' }, { ...program, name: '' })).toBe(true);
  const [found] = await computeGolden(
    second,
    [new Map([...again.network.inputs.keys()].map((input, at) => [input, again.cases[0]!.inputs[at]!]))],
    {
      engine: 'fast',
    },
  );
  for (const [layer, expected] of again.cases[0]!.layers) expect(found!.get(layer)?.data, layer).toEqual(expected.data);
  expect(again.cases[0]!.layers.size).toBeGreaterThan(3);
  if (changes.length === 0) expect(await exactly(again.network, sample)).toEqual(await exactly(network, sample));
}
