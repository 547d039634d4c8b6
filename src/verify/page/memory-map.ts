import { bytesAlive } from '../../program/arena.ts';
import { type Buffer, buffersOf, type Plan } from '../../targets/plan.ts';
import { thousands } from '../units.ts';
import { type Html, html } from './html.ts';

const [width, plotHeight] = [1040, 280];

/** What a buffer is, for its colour. */
export const roles = [
  ['input', 'input of the network'],
  ['tensor', 'result of a step'],
  ['output', 'output of the network'],
  ['scratch', 'scratch memory of a kernel'],
] as const;
type Role = (typeof roles)[number][0];

function roleOf({ inputs, steps, program }: Plan, buffer: Buffer): Role {
  if (inputs.some((input) => input === buffer)) return 'input';
  if (steps.some(({ scratch }) => scratch === buffer)) return 'scratch';
  return program.outputs.includes(buffer.name) ? 'output' : 'tensor';
}

/** Neighbours get different shades. */
const shades = ['--tensor', '--tensor-2', '--tensor-3'] as const;
const colourOf = (role: Role, index: number): string => `var(${role === 'tensor' ? shades[index % shades.length] : `--${role}`})`;

/** A step between ticks that gives four to eight of them: a power of two times 1 KiB or less. */
function tickBytes(peak: number): number {
  let tick = 1;
  while (peak / tick > 8) tick *= 2;
  return tick;
}

const longest = 22;
/** How far down one letter of a slanted name reaches. */
const slant = 4;
const shortened = (name: string): string => (name.length > longest ? `${name.slice(0, longest - 1)}…` : name);

/**
 * Where every buffer lies and how long it lives, as SVG: steps from left to right, addresses from bottom to top, with the peak and the most
 * bytes that are alive at once, below which no placement could go.
 */
export function memoryMap(plan: Plan): Html {
  const steps = Math.max(plan.steps.length, 1);
  const { peak, lowerBound } = plan.memory;
  const buffers = buffersOf(plan);
  const margin = {
    left: 64,
    right: 12,
    top: 14,
    bottom: 24 + slant * Math.max(0, ...plan.steps.map(({ result }) => shortened(result.name).length)),
  };
  const height = margin.top + plotHeight + margin.bottom;
  const x = (step: number): number => margin.left + ((width - margin.left - margin.right) * step) / steps;
  const y = (byte: number): number => height - margin.bottom - (plotHeight * byte) / Math.max(peak, 1);
  const place = (value: number): string => value.toFixed(1);

  const tick = tickBytes(peak);
  const ticks = Array.from({ length: Math.floor(peak / tick) + 1 }, (_, index) => index * tick);
  const alive = bytesAlive(buffers);
  const boxes = buffers.map((buffer, index) => {
    const role = roleOf(plan, buffer);
    const [left, right, top, bottom] = [x(buffer.first), x(buffer.last + 1), y(buffer.offset + buffer.bytes), y(buffer.offset)];
    const room = right - left > 7 * Math.min(buffer.name.length, longest) && bottom - top > 13;
    const label = room
      ? html`<text class="label" x="${place((left + right) / 2)}" y="${place((top + bottom) / 2 + 4)}" text-anchor="middle">${shortened(buffer.name)}</text>`
      : '';
    const title = `${buffer.name}: ${thousands(buffer.bytes)} bytes from ${thousands(buffer.offset)}, steps ${buffer.first + 1} to ${buffer.last + 1}`;
    return html`<g><title>${title}</title><rect x="${place(left)}" y="${place(top)}" width="${place(right - left)}" height="${place(Math.max(bottom - top, 1))}" fill="${colourOf(role, index)}"/>${label}</g>
`;
  });
  const every = Math.ceil(steps / 40);
  const names = plan.steps.flatMap(({ result }, index) => {
    if (index % every !== 0) return [];
    const [at, down] = [place((x(index) + x(index + 1)) / 2), place(height - margin.bottom + 14)];
    return [
      html`<text x="${at}" y="${down}" text-anchor="end" transform="rotate(-40 ${at} ${down})">${shortened(result.name)}<title>${result.name}: ${thousands(alive[index] ?? 0)} bytes alive</title></text>
`,
    ];
  });
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Memory over time: ${thousands(peak)} bytes at the peak">
${ticks.map(
  (
    byte,
  ) => html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${place(y(byte))}" y2="${place(y(byte))}"/><text x="${margin.left - 8}" y="${place(y(byte) + 4)}" text-anchor="end">${thousands(byte)}</text>
`,
)}${boxes}<line class="bound" x1="${margin.left}" x2="${width - margin.right}" y1="${place(y(lowerBound))}" y2="${place(y(lowerBound))}"><title>lower bound: ${thousands(lowerBound)} bytes</title></line>
<line class="axis" x1="${margin.left}" x2="${width - margin.right}" y1="${place(y(0))}" y2="${place(y(0))}"/>
${names}</svg>`;
}
