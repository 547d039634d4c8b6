import { elements, tensor } from '../../../numeric/tensor.ts';
import { permute } from '../../../operators/permute/permute.ts';
import { reshape } from '../../../operators/reshape/reshape.ts';
import type { Site } from '../../kernel.ts';
import { typeAfter } from '../sums.ts';

/** Calls that only give elements other places. */
const moves: ReadonlySet<string> = new Set([reshape.name, permute.name]);

/** Where rows x channels lie: [row][channel] at (row / group) * groupStride + (row % group) * rowStride + runs[channel / run] + channel % run. */
export interface Placement {
  /** Stages of the step whose result is so placed. */
  readonly taken: number;
  readonly group: number;
  readonly rowStride: number;
  readonly groupStride: number;
  readonly run: number;
  readonly runs: Int32Array;
}

/** The places of rows x channels behind the first stages of a step and as many of the moves that follow as leave them in such an order. */
export function placementOf(site: Site, stages: number, channels: number, dim: number): Placement {
  const { step, operators } = site;
  let last = stages;
  while (moves.has(step.stages[last]?.operator ?? '')) last++;
  for (let taken = last; taken > stages; taken--) {
    const found = regular(positionsOf(site, stages, taken), channels, dim);
    if (found) return { taken, ...found };
  }
  return { taken: stages, group: elements(typeAfter(site, stages).shape) / channels, ...dense(channels) };

  /** Where each element comes to lie: the moves themselves, done to numbers. */
  function positionsOf(of: Site, from: number, to: number): Int32Array {
    const { shape } = typeAfter(of, from);
    let moved = tensor({ dtype: 'i32', shape });
    for (let index = 0; index < moved.data.length; index++) moved.data[index] = index;
    for (const { operator: name, attributes } of step.stages.slice(from, to)) {
      const operator = operators.get(name)!;
      const result = tensor(operator.result(attributes, [moved.type]));
      operator.evaluate(attributes, [moved], result);
      moved = result;
    }
    const positions = new Int32Array(moved.data.length);
    for (let position = 0; position < positions.length; position++) positions[moved.data[position]!] = position;
    return positions;
  }
}

const dense = (channels: number) => ({ rowStride: channels, groupStride: 0, run: channels, runs: Int32Array.of(0) });

/** Positions as rows in groups and channels in runs, each of whole blocks; undefined where they are not. */
function regular(positions: Int32Array, channels: number, dim: number): Omit<Placement, 'taken'> | undefined {
  const rows = positions.length / channels;
  const lengthOf = (most: number, follows: (index: number) => boolean): number => {
    let length = 1;
    while (length < most && follows(length)) length++;
    return length;
  };
  const run = lengthOf(channels, (channel) => positions[channel] === positions[0]! + channel);
  if (channels % run !== 0 || (run % dim !== 0 && run < channels)) return undefined;
  const base = positions[0]!;
  const rowStride = rows > 1 ? positions[channels]! - base : channels;
  const group = lengthOf(rows, (row) => positions[row * channels] === base + row * rowStride);
  const groupStride = group < rows ? positions[group * channels]! - base : 0;
  const runs = Int32Array.from({ length: channels / run }, (_, index) => positions[index * run]!);
  for (let row = 0, position = 0; row < rows; row++) {
    const start = Math.floor(row / group) * groupStride + (row % group) * rowStride;
    for (let channel = 0; channel < channels; channel++, position++)
      if (positions[position] !== start + runs[Math.floor(channel / run)]! + (channel % run)) return undefined;
  }
  return { group, rowStride, groupStride, run, runs };
}
