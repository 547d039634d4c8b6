import { type Deployment, firstDifference, type StepVerdict } from '../deployment.ts';
import { readsOf, sentenceOf } from '../explain.ts';
import { costByKind, type Measure, measuredTotal, measureOf } from '../measure.ts';
import { constantBytes } from '../steps.ts';
import { topK } from '../top.ts';
import { bytes, plural, thousands } from '../units.ts';
import { type Content, type Html, html } from './html.ts';
import { memoryMap, roles } from './memory-map.ts';
import { style } from './style.ts';

const shownSamples = 32;
const shownClasses = 3;

/** Six digits are enough for a difference of logits; integers stay whole. */
const rounded = (value: number): string => (Number.isInteger(value) ? thousands(value) : String(Number(value.toPrecision(6))));

const fact = (name: string, value: string, more = ''): Html => html`<div><dt>${name}</dt><dd>${value} <small>${more}</small></dd></div>
`;

function facts({ program, plan, run, verdict, style: numericStyle, compiler }: Deployment): Html {
  const measure = measureOf(verdict);
  const { peak, lowerBound } = plan.memory;
  return html`<dl>
${fact('Compared', thousands(verdict.elements), `elements of ${plural(verdict.samples, 'sample')}`)}${fact('Steps', String(program.steps.length), numericStyle)}${fact('Work', thousands(verdict.macs), 'MACs a sample')}${fact('Time', measure.text(measuredTotal(verdict, measure)), `${measure.unit} a sample, ${compiler}`)}${fact('Memory', thousands(peak), peak === lowerBound ? 'bytes, the lower bound' : `bytes, lower bound ${thousands(lowerBound)}`)}${fact('Constants', bytes(constantBytes(program)))}${run.memory && fact('Firmware', bytes(run.memory.peak), 'of memory at the peak')}</dl>`;
}

/** A number in a cell whose ground shows its share of the largest. */
const shareCell = (text: string, value: number, largest: number): Html =>
  html`<td class="number share" style="--part: ${largest > 0 ? ((100 * value) / largest).toFixed(1) : 0}%">${text}</td>`;

const measureCell = ({ text }: Measure, value: number | undefined, largest: number): Html =>
  shareCell(value === undefined ? '' : text(value), value ?? 0, largest);

function layerTable({ verdict }: Deployment): Html {
  const macs = Math.max(...verdict.steps.map((step) => step.macs));
  const measure = measureOf(verdict);
  const longest = Math.max(...verdict.steps.map((step) => measure.of(step) ?? 0));
  const row = (step: StepVerdict): Html => html`<tr${step.mismatches > 0 ? html` class="differs"` : ''}>
<td class="name">${step.step}</td><td>${step.operator}</td><td class="name">${step.type.dtype} ${step.type.shape.join('×')}</td>${shareCell(thousands(step.macs), step.macs, macs)}${measureCell(measure, measure.of(step), longest)}<td class="number">${thousands(step.mismatches)}</td><td class="number">${rounded(step.maxDifference)}</td></tr>
`;
  const worst = Math.max(0, ...verdict.steps.map(({ maxDifference }) => maxDifference));
  return html`<div class="scroll"><table>
<thead><tr><th>Step</th><th>Operator</th><th>Shape</th><th class="number">MACs</th><th class="number">${measure.unit}</th><th class="number">Mismatches</th><th class="number">Max difference</th></tr></thead>
<tbody>
${verdict.steps.map(row)}</tbody>
<tfoot><tr><td>total</td><td></td><td></td><td class="number">${thousands(verdict.macs)}</td><td class="number">${measure.text(measuredTotal(verdict, measure))}</td><td class="number">${thousands(verdict.mismatches)}</td><td class="number">${rounded(worst)}</td></tr></tfoot>
</table></div>`;
}

/** What the steps cost by the operators of their pipes; nothing where they are all of one kind. */
function kindTable({ verdict }: Deployment): Content {
  const measure = measureOf(verdict);
  const kinds = costByKind(verdict, measure);
  if (kinds.length < 2) return undefined;
  const rows = kinds.map(
    ({ operator, steps, cost, share }) =>
      html`<tr><td>${operator}</td><td class="number">${String(steps)}</td>${shareCell(measure.text(cost), cost, kinds[0]!.cost)}<td class="number">${(100 * share).toFixed(1)} %</td></tr>
`,
  );
  return html`<div class="scroll"><table>
<thead><tr><th>Operators</th><th class="number">Steps</th><th class="number">${measure.unit}</th><th class="number">Share</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>
`;
}

function difference({ verdict, golden, run }: Deployment): Content {
  const differing = firstDifference(verdict);
  if (!differing) return undefined;
  const rows = readsOf(differing, golden, run.cases).map(
    ({ name, type, mismatches, min, max, elements }) =>
      html`<tr><td class="name">${name}</td><td class="name">${type}</td><td>${mismatches === 0 ? 'as golden' : plural(mismatches, 'difference')}</td><td>${min} to ${max}</td><td class="name">${elements.join(' ')}</td></tr>
`,
  );
  return html`<h2>The first difference</h2>
<p>${sentenceOf(differing)}. This is what it reads.</p>
<div class="scroll"><table><thead><tr><th>Tensor</th><th>Type</th><th>Found</th><th>Values</th><th>First elements</th></tr></thead><tbody>
${rows}</tbody></table></div>
`;
}

function outputs({ program, run }: Deployment): Html {
  const rows = run.cases.slice(0, shownSamples).flatMap((values, sample) =>
    program.outputs.flatMap((output) => {
      const tensor = values.get(output);
      if (!tensor) return [];
      const ranks = topK(tensor.data, shownClasses).map(
        ({ index, value }) => html`<td><b>${index}</b> ${Number(value.toPrecision(6))}</td>`,
      );
      return [
        html`<tr><td class="number">${sample}</td><td class="name">${output}</td>${ranks}</tr>
`,
      ];
    }),
  );
  const more = run.cases.length > shownSamples ? html`<p>And ${plural(run.cases.length - shownSamples, 'other sample')}.</p>` : '';
  return html`<div class="scroll"><table><thead><tr><th class="number">Sample</th><th>Output</th><th>Largest element, and its value</th><th>Second</th><th>Third</th></tr></thead><tbody>
${rows}</tbody></table></div>
${more}`;
}

/** One self-contained page: the verdict, the layer table, the memory over time and the outputs. No scripts. */
export function printPage(deployment: Deployment): string {
  const { program, plan, target, verdict } = deployment;
  const good = verdict.mismatches === 0;
  const legend = roles.map(([role, meaning]) => html`<span><i style="background: var(--${role})"></i>${meaning}</span>`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${program.name} on ${target}: ${plural(verdict.mismatches, 'mismatch', 'mismatches')}</title>
${style}
</head>
<body>
<main>
<header><h1>${program.name} on ${target}</h1><span class="badge ${good ? 'good' : 'bad'}">${good ? 'every integer is right' : plural(verdict.mismatches, 'mismatch', 'mismatches')}</span></header>
<p>Every tensor of every step, read back from the machine and compared with the golden one, element by element. Nothing is tolerated.</p>
${facts(deployment)}
${difference(deployment)}
<h2>Layers</h2>
<p>Time is the mean of one sample on this machine.</p>
${layerTable(deployment)}
${kindTable(deployment)}<h2>Memory over time</h2>
<p>Steps run from left to right, addresses go up. The dashed line is the lower bound: the most bytes that are alive at one step.</p>
<div class="legend">${legend}</div>
<div class="scroll">${memoryMap(plan)}</div>
<h2>Outputs</h2>
<p>As the machine computed them.</p>
${outputs(deployment)}
<footer>Written by bitwright deploy.</footer>
</main>
</body>
</html>
`.text;
}
