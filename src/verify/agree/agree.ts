import type { Network } from '../../network/network.ts';
import type { Tensor } from '../../numeric/tensor.ts';
import { operators } from '../../operators/index.ts';
import type { Program } from '../../program/program.ts';
import type { Engine } from '../engines.ts';
import { quantiseSample } from '../samples.ts';
import { cutProgram } from './cut.ts';
import { exactSample } from './exact.ts';
import { type Framework, givenIntegers, inputSample, sampleOf } from './framework.ts';
import { type OutputAgreement, OutputTally } from './outputs.ts';
import { type QuantiserAgreement, QuantiserTally } from './quantisers.ts';
import { exceptionBudget } from './tie.ts';

export interface Agreement {
  readonly samples: number;
  readonly quantisers: readonly QuantiserAgreement[];
  readonly outputs: readonly OutputAgreement[];
  readonly exceptions: number;
  /** How many exceptions the network may have. */
  readonly budget: number;
  /** How many intermediate values were limited that a calibration leaves room: none where it fits the samples. */
  readonly saturations: number;
  /** Whether rung 2 holds. */
  readonly agrees: boolean;
}

/** Of every step of one run; `values` has all of them. */
function saturationsOf({ steps, constants }: Program, values: ReadonlyMap<string, Tensor>): number {
  const counts = steps.map(({ stages: [call, ...others] }) => {
    const count = others.length === 0 ? operators.get(call!.operator)!.saturations : undefined;
    return (
      count?.(
        call!.attributes,
        call!.operands.map((name) => values.get(name) ?? constants.get(name)!),
      ) ?? 0
    );
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The Program against the integers that the source framework computed (docs/numbers.md, rungs 2 and 3). `program` is lowered from `network`
 * without joining pipes, so that every quantiser's value is that of a step. Every differing element is judged by the exact real value, which
 * another path computes in double precision. `onSample` hears how many samples are done, and is waited for.
 */
export async function agree(
  network: Network,
  program: Program,
  framework: Framework,
  engine: Engine,
  onSample: (done: number) => unknown = () => undefined,
): Promise<Agreement> {
  const cut = cutProgram(program, new Set(framework.integers.keys()));
  const runApart = engine(cut);
  const runWhole = engine(program);
  const quantisers = [...framework.integers.keys()].map((name) => new QuantiserTally(name, network));
  const outputs = [...framework.outputs.keys()].map((name) => new OutputTally(name));
  let saturations = 0;
  for (let sample = 0; sample < framework.count; sample++) {
    const quantised = quantiseSample(program, inputSample(framework, sample));
    const given = givenIntegers(program, framework, sample);
    const apart = new Map([...quantised, ...runApart(new Map([...quantised, ...given]), 'steps')]);
    const whole = new Map([...quantised, ...runWhole(quantised, 'steps')]);
    saturations += saturationsOf(program, whole);
    const exact = exactSample(network, framework, sample);
    for (const tally of quantisers) {
      const theirs = sampleOf(framework.integers.get(tally.name)!, sample, framework.count);
      tally.add(sample, { apart: apart.get(tally.name)!, whole: whole.get(tally.name)!, theirs }, exact);
    }
    for (const tally of outputs) {
      const theirs = sampleOf(framework.outputs.get(tally.name)!, sample, framework.count);
      tally.add({ apart: apart.get(tally.name)!, whole: whole.get(tally.name)!, theirs }, exact);
    }
    await onSample(sample + 1);
  }
  const rows = quantisers.map((tally) => tally.row());
  const ends = outputs.map((tally) => tally.row());
  const exceptions = rows.reduce((sum, row) => sum + row.exceptions, 0);
  const budget = exceptionBudget(quantisers.reduce((sum, tally) => sum + tally.brackets, 0));
  const failed = [...rows, ...ends].some(({ failures }) => failures > 0);
  const agrees = !failed && exceptions <= budget && saturations === 0;
  return { samples: framework.count, quantisers: rows, outputs: ends, exceptions, budget, saturations, agrees };
}
