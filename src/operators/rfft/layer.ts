import * as z from 'zod';
import { defineLayer, type Real, type Style } from '../layer.ts';
import { quantised, roundedMeaning } from '../meaning.ts';
import { real } from '../real.ts';
import { rowsOf } from '../rows.ts';
import { magnitude, powerThresholds } from './magnitude.ts';
import { phase, turns } from './phase.ts';
import { binsOf, rfft, turnTables } from './rfft.ts';

type Round = Style['requantise'];

/** The thresholds lie between the steps of the quantiser behind it: no step makes the magnitude itself. */
const roundMagnitude =
  (spectrum: string, scale: number): Round =>
  (name, _, { scale: step, hi }, to) => {
    const operands = [spectrum, to.constant(`${name}.thresholds`, powerThresholds(hi, scale, step))];
    return to.call(name, { operator: magnitude.name, operands, attributes: { hi } });
  };

const roundPhase =
  (spectrum: string): Round =>
  (name, { floor }, { scale: step, lo, hi }, to) => {
    const operands = [spectrum, to.constant(`${name}.turns`, turns(Math.max(hi, -lo), step))];
    return to.call(name, { operator: phase.name, operands, attributes: { lo: floor === 0 ? 0 : lo, hi } });
  };

interface Projection {
  readonly sum: number;
  readonly bracket: number;
}

/** The sum of x * w over a row at one frequency, and of |x| * |w|; what cancels is 0. */
function project(x: Real, row: number, of: (angle: number) => number, frequency: number): Projection {
  const { columns } = rowsOf(x.shape);
  let [sum, bracket] = [0, 0];
  for (let n = 0; n < columns; n++) {
    const weight = of((2 * Math.PI * ((frequency * n) % columns)) / columns);
    if (Math.abs(weight) < 2 ** -50) continue; // a sine of half a turn
    sum += x.values[row * columns + n]! * weight;
    bracket += x.bracket[row * columns + n]! * Math.abs(weight);
  }
  return { sum: Math.abs(sum) < 2 ** -45 * bracket ? 0 : sum, bracket };
}

/** The reals of one bin. A phase may be any where both parts cancel, and of either sign next to half a turn. */
const parts = {
  magnitude: (re: Projection, im: Projection) => ({ value: Math.hypot(re.sum, im.sum), bracket: re.bracket + im.bracket }),
  phase(re: Projection, im: Projection) {
    const size = Math.hypot(re.sum, im.sum);
    const sums = re.bracket + im.bracket;
    const isCut = re.sum < 0 && im.bracket > 0 && Math.abs(im.sum) <= 2 ** -17 * im.bracket;
    return { value: Math.atan2(im.sum, re.sum), bracket: sums === 0 ? 0 : isCut ? Infinity : Math.PI + sums / size };
  },
};

/** The magnitude or the phase of torch.fft.rfft along the last axis. */
export const rfftLayer = defineLayer({
  kind: 'rfft',
  attributes: z.object({ part: z.enum(['magnitude', 'phase']) }),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [x]) => [...x!.slice(0, -1), binsOf(x!.at(-1)!)],

  lower({ name, attributes: { part } }, [x], to) {
    const { term } = quantised(name, x, to);
    const length = term.type.shape.at(-1)!;
    const { cos, sin } = turnTables(length);
    const operands = [term.value, to.constant(`${name}.cos`, cos), to.constant(`${name}.sin`, sin)];
    const spectrum = to.call(`${name}~spectrum`, { operator: rfft.name, operands, attributes: {} });
    const shape = [...term.type.shape.slice(0, -1), binsOf(length)];
    const round = part === 'magnitude' ? roundMagnitude(spectrum.value, term.scale[0]!) : roundPhase(spectrum.value);
    return roundedMeaning(name, shape, round);
  },

  real({ attributes: { part } }, [x]) {
    const length = x.shape.at(-1)!;
    const bins = binsOf(length);
    const found = Array.from({ length: (x.values.length / length) * bins }, (_, position) => {
      const [row, frequency] = [Math.floor(position / bins), position % bins];
      return parts[part](
        project(x, row, Math.cos, frequency),
        project(x, row, (angle) => -Math.sin(angle), frequency),
      );
    });
    return real(
      [...x.shape.slice(0, -1), bins],
      (position) => found[position]!.value,
      (position) => found[position]!.bracket,
    );
  },
});
