import { checksum } from '../verify/checksum.ts';
import { type Deployment, firstDifference, type StepVerdict } from '../verify/deployment.ts';
import { readsOf, sentenceOf } from '../verify/explain.ts';
import { describeMemory } from '../verify/firmware-memory.ts';
import { costByKind, type Measure, measuredTotal, measureOf, shareOf, utilisationOf } from '../verify/measure.ts';
import { type Ranked, topK } from '../verify/top.ts';
import { memoryPlan, plural, thousands } from '../verify/units.ts';
import { describeReplay } from './describe-replay.ts';
import { printTable, type Row, styled } from './table.ts';

/** How many samples' outputs are printed; JSON and the report have all. */
const shownSamples = 8;

const shapeText = ({ type: { dtype, shape } }: StepVerdict): string => `${dtype} ${shape.join('x')}`;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** How much of what the array could multiply a step did, where there is one. */
const busy = (step: Pick<StepVerdict, 'macs' | 'cycles'>, deployment: Deployment): string[] => {
  const utilisation = utilisationOf(step, deployment);
  return utilisation === undefined ? [] : [percent(utilisation)];
};

const rowOf = (step: StepVerdict, measure: Measure, whole: number, deployment: Deployment): Row => {
  const measured = measure.of(step);
  const bad = step.mismatches > 0 ? ({ style: 'red' } as const) : {};
  return [
    step.step,
    step.operator,
    shapeText(step),
    step.macs,
    measured === undefined ? '' : Number(measured.toFixed(2)),
    measured === undefined ? '' : percent(shareOf(measured, whole)),
    ...busy(step, deployment),
    { text: step.mismatches, ...bad },
    { text: step.maxDifference, ...bad },
  ];
};

const rank = ({ index, value }: Ranked): string => `${index} (${Number(value.toPrecision(6))})`;

/** What is shown of the outputs: so many of their largest elements, and the older flow's checksum. */
export interface Shown {
  readonly top: number;
  readonly checksum?: boolean | undefined;
}

/** The largest elements of every output as the machine computed them. */
const topOf = ({ program, run }: Deployment, { top: count, checksum: wanted }: Shown) =>
  run.cases.flatMap((values, sample) =>
    program.outputs.flatMap((output) => {
      const tensor = values.get(output);
      const sum = tensor && wanted ? { checksum: String(checksum(tensor)) } : {};
      return tensor ? [{ sample, output, top: topK(tensor.data, count), ...sum }] : [];
    }),
  );

/** What the steps cost by the operators of their pipes; nothing where they are all of one kind. */
function describeKinds({ verdict }: Deployment, measure: Measure, colour: boolean): string[] {
  const kinds = costByKind(verdict, measure);
  if (kinds.length < 2) return [];
  const rows = kinds.map(({ operator, steps, cost, share }): Row => [operator, steps, Number(cost.toFixed(2)), percent(share)]);
  return [printTable(['operators', 'steps', measure.unit, 'share'], rows, { colour })];
}

/** The layer table, what each kind of step costs, the outputs, the memory and the first difference where there is one. */
export function describeDeployment(deployment: Deployment, show: Shown, colour: boolean): string {
  const { verdict, program, plan, target, run } = deployment;
  const measure = measureOf(verdict);
  const whole = measuredTotal(verdict, measure);
  const inAll = measure.unit === 'cycles' ? busy({ macs: verdict.macs, cycles: whole }, deployment) : [];
  const total: Row = [
    { text: 'total', style: 'bold' },
    '',
    '',
    verdict.macs,
    Number(whole.toFixed(2)),
    '',
    ...inAll,
    verdict.mismatches,
    Math.max(0, ...verdict.steps.map(({ maxDifference }) => maxDifference)),
  ];
  const titles = [
    'step',
    'operator',
    'shape',
    'MACs',
    measure.unit,
    'share',
    ...(inAll.length > 0 ? ['array'] : []),
    'mismatches',
    'max difference',
  ];
  const ranks = topOf(deployment, show);
  const shown = ranks.slice(0, shownSamples * program.outputs.length);
  const rows = shown.map(
    ({ sample, output, top: best, checksum: sum }): Row => [sample, output, best.map(rank).join('  '), ...(sum === undefined ? [] : [sum])],
  );
  const outputTitles = ['sample', 'output', `largest ${show.top}: element (value)`, ...(show.checksum ? ['checksum'] : [])];
  const more = ranks.length > shown.length ? `and ${plural(ranks.length - shown.length, 'other')} (all with --json)\n` : '';
  const verdictText = `${thousands(verdict.elements)} elements of ${plural(verdict.samples, 'sample')}, ${plural(verdict.mismatches, 'mismatch', 'mismatches')}`;
  return [
    printTable(titles, [...verdict.steps.map((step) => rowOf(step, measure, whole, deployment)), total], { colour }),
    ...describeKinds(deployment, measure, colour),
    printTable(outputTitles, rows, { colour }) + more,
    (run.memory ? `firmware: ${describeMemory(run.memory)}\n` : '') +
      `${program.name} on ${target}: ${memoryPlan(plan.memory)}\n` +
      styled(verdictText, verdict.mismatches === 0 ? 'green' : 'red', colour) +
      '\n' +
      describeDifference(deployment),
    ...(deployment.replay ? [describeReplay(deployment.replay, verdict.samples, colour)] : []),
  ].join('\n');
}

function describeDifference({ verdict, golden, run }: Deployment): string {
  const differing = firstDifference(verdict);
  if (!differing) return '';
  const reads = readsOf(differing, golden, run.cases).map(
    ({ name, type, mismatches, min, max, elements }): Row => [
      name,
      type,
      mismatches === 0 ? 'as golden' : plural(mismatches, 'difference'),
      `${min} to ${max}`,
      elements.join(' '),
    ],
  );
  return `${sentenceOf(differing)}\nIt reads\n${printTable(['tensor', 'type', 'found', 'values', 'first elements'], reads)}`;
}

export const deploymentJson = (deployment: Deployment, show: Shown) => {
  const { verdict, program, plan, target, style, compiler, golden, run } = deployment;
  const differing = firstDifference(verdict);
  const measure = measureOf(verdict);
  const whole = measuredTotal(verdict, measure);
  const utilisation = (step: StepVerdict) => {
    const found = utilisationOf(step, deployment);
    return found === undefined ? {} : { utilisation: found };
  };
  return {
    network: program.name,
    target,
    style,
    compiler,
    memory: plan.memory,
    ...(run.memory && { firmware: run.memory }),
    ...verdict,
    [measure.unit]: whole,
    steps: verdict.steps.map((step) => ({ ...step, share: shareOf(measure.of(step) ?? 0, whole), ...utilisation(step) })),
    operators: costByKind(verdict, measure).map(({ cost, ...kind }) => ({ ...kind, [measure.unit]: cost })),
    outputs: topOf(deployment, show),
    ...(deployment.replay && { replay: deployment.replay }),
    ...(differing && { firstDifference: { ...differing, inputs: readsOf(differing, golden, run.cases) } }),
  };
};
