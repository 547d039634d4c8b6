import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BadInput } from '../../src/errors.ts';
import { importBundle } from '../../src/importers/bundle/import.ts';
import { lower } from '../../src/lowering/lower.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import type { Program } from '../../src/program/program.ts';
import { gemminiCompiler } from '../../src/targets/gemmini/gemmini.ts';
import { hostTarget } from '../../src/targets/host/target.ts';
import type { Plan } from '../../src/targets/plan.ts';
import type { Compiler } from '../../src/targets/target.ts';
import { drawNetwork } from '../random/draw.ts';
import { addedTo } from './added.ts';
import { tinyProgram } from './programs.ts';

const network = async (compiler: Compiler, program: Program, keeping: boolean): Promise<string> => {
  const plan = compiler.plan(program);
  return (await compiler.emit(keeping ? compiler.replay(plan) : plan)).get('network.c') as string;
};

/** The lines that a replay build has beside those of the firmware, which stay as they are and where they are. */
const added = async (compiler: Compiler, program: Program): Promise<readonly string[]> =>
  addedTo(await network(compiler, program, false), await network(compiler, program, true));

/** What they do but store a result, or say where it is stored: nothing, if all is well. */
const others = (lines: readonly string[]): readonly string[] =>
  lines
    .join('\n')
    .replaceAll(/\bbw_keep\([^;]*\);/g, '')
    .replaceAll(/\w+ \*const \w+ = \(\w+ \*\)&replay\.bytes\[\w+\];/g, '')
    .split('\n')
    .filter((line) => line.includes('(') && !line.startsWith('/*'));

test('a replay build of the host target adds stores and their places to the firmware, and changes nothing', async () => {
  let count = 0;
  for (let seed = 5000; count < 60; seed++) {
    try {
      const program = lower(drawNetwork(seed).network, { style: styles.get(seed % 3 === 2 ? 'float32' : 'dyadic')! });
      expect(others(await added(hostTarget, program))).toEqual([]);
      count++;
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
    }
  }
});

test.each(['resnet_small', 'transformer_small', 'conv_variants'])('so does one of %s for the array', async (name) => {
  const { network: imported, style } = await importBundle(join(import.meta.dirname, '../fixtures/brevitas', name));
  const found = await added(gemminiCompiler, lower(imported, { style: styles.get(style)! }));
  expect(found.join('\n')).toContain('bw_keep(');
  expect(others(found)).toEqual([]);
});

test.each(['resnet_small', 'transformer_small', 'conv_variants'])(
  'firmware for the array that computes call by call holds all of %s',
  async (name) => {
    const { network: imported, style } = await importBundle(join(import.meta.dirname, '../fixtures/brevitas', name));
    const plan = gemminiCompiler.plan(lower(imported, { style: styles.get(style)! }));
    const apart = gemminiCompiler.planApart!(plan.program);
    expect(apart.program).toEqual(plan.program);
    const told = (each: Plan) => gemminiCompiler.replay(each).replay!.insides;
    expect(told(plan).some((inside) => 'within' in inside)).toBe(true);
    expect(told(apart).filter((inside) => 'within' in inside)).toEqual([]);
    expect(new Set(apart.steps.map(({ kernel }) => kernel))).toContain('gemmini-linear');
  },
);

test('the places of what is kept meet within no step, and no other bytes are there', () => {
  const { replay } = hostTarget.replay(hostTarget.plan(tinyProgram()));
  for (const kept of replay!.kept) {
    kept.forEach((inside, index) => {
      expect(inside.offset + inside.bytes).toBeLessThanOrEqual(kept[index + 1]?.offset ?? replay!.bytes);
    });
  }
  expect(replay!.bytes).toBe(256);
});

test('the firmware itself has no word of it', async () => {
  const firmware = await hostTarget.emit(hostTarget.plan(tinyProgram()));
  expect([...firmware.keys()].filter((path) => path.includes('replay'))).toEqual([]);
  expect(firmware.get('network.c')).not.toMatch(/replay|bw_keep|insides/);
  expect(readFileSync(join(import.meta.dirname, '../../kernels/runtime/replay.h'), 'utf8')).toContain('bw_keep');
});
