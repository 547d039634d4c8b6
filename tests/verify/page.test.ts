import { describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { lower } from '../../src/lowering/lower.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import { tensor } from '../../src/numeric/tensor.ts';
import { hostTarget } from '../../src/targets/host/target.ts';
import { type Deployment, judgeRun, type Values } from '../../src/verify/deployment.ts';
import { printPage } from '../../src/verify/page/page.ts';
import { quantiseSample } from '../../src/verify/samples.ts';
import { integers, layer, network, random, reals } from '../networks.ts';

const next = random(5);
const quantiser = (name: string, input: string) => layer(name, 'quantiser', [input], { scale: 0.05, lo: -128, hi: 127 });
const linear = (name: string, input: string, outputs: number, inputs: number) =>
  layer(name, 'linear', [input], {}, { weights: integers(next, 'i8', [outputs, inputs], -9, 9), scales: reals(next, [1], 0.01, 0.02) });
const hostile = '<script>alert("x")</script>';
const small = {
  ...network(
    { x: [1, 6] },
    [quantiser('q', 'x'), linear('fc1', 'q', 7, 6), quantiser(hostile, 'fc1'), linear('fc2', hostile, 3, 7)],
    ['fc2'],
  ),
  name: 'small & <b>old</b>',
};
const program = lower(small, { style: dyadic });

function deployment(change: (values: Values) => void = () => undefined): Deployment {
  const run = (): Values =>
    runReference(
      program,
      quantiseSample(program, new Map([['x', tensor({ dtype: 'f32', shape: [1, 6] }, Float32Array.of(1, -2, 3, -4, 5, -6))]])),
    );
  const golden = [run(), run()];
  const cases = [run(), run()];
  change(cases[1]!);
  const done = { cases, times: program.steps.map(({ name }, index) => ({ name, nanoseconds: 1500 * (index + 1) })) };
  const verdict = judgeRun(program, golden, done);
  return { program, plan: hostTarget.plan(program), golden, run: done, verdict, target: 'host', style: 'dyadic', compiler: 'cc' };
}

describe('the report', () => {
  test('is one page without scripts or anything from elsewhere, whatever the layers are called', () => {
    const page = printPage(deployment());
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|<link|<img|@import|https?:/);
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('small &amp; &lt;b&gt;old&lt;/b&gt;');
  });

  test('is the same for the same deployment', () => expect(printPage(deployment())).toBe(printPage(deployment())));

  test('has every step, its time and every buffer of the memory map', () => {
    const made = deployment();
    const page = printPage(made);
    expect(page).toContain('every integer is right');
    expect(page).toContain('1.50');
    const boxes = page.match(/<rect /g)!.length;
    expect(boxes).toBe(made.plan.inputs.length + made.plan.steps.length + made.plan.steps.filter(({ scratch }) => scratch).length);
  });

  test('shows the first difference and what its step reads', () => {
    const page = printPage(
      deployment((values) => {
        values.get('fc2')!.data[2] = 100;
      }),
    );
    expect(page).toContain('1 mismatch<');
    expect(page).toContain('step fc2 is the first that differs: sample 1, element [0, 2] is 100, not ');
    expect(page).toMatch(/<tr class="differs">/);
  });
});
