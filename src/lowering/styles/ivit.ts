import { clamp, f32, roundHalfEven } from '../../numeric/rounding.ts';
import { type Dtype, dtypes, narrowest, type Tensor, tensor } from '../../numeric/tensor.ts';
import { dyadicMultiplier } from '../../operators/ivit/dyadic.ts';
import { geluExponential, sigmoid } from '../../operators/ivit/gelu/gelu.ts';
import { geluLayer } from '../../operators/ivit/gelu/layer.ts';
import { byteTerm, scaled } from '../../operators/ivit/lowered.ts';
import { exponential, shiftExponential } from '../../operators/ivit/shift-exponential.ts';
import { softmaxLayer } from '../../operators/ivit/softmax/layer.ts';
import { logit } from '../../operators/ivit/softmax/softmax.ts';
import { tableSoftmax } from '../../operators/ivit/softmax/table-softmax.ts';
import type { AnyLayer, Style, Term } from '../../operators/layer.ts';
import { rowLookup } from '../../operators/lookup/row-lookup.ts';
import { requantiseDyadic } from './dyadic.ts';

type Rule = AnyLayer['lower'];

const { low } = dtypes.i8;
const bytes = Array.from({ length: 256 }, (_, index) => low + index);

/** A function of a byte and the greatest of its row, for all pairs of them; 0 where the byte would be greater than the greatest. */
const tableOf = (dtype: Dtype, entry: (q: number, greatest: number) => number): Tensor =>
  tensor(
    { dtype, shape: [256, 256] },
    bytes.flatMap((greatest) => bytes.map((q) => (q > greatest ? 0 : entry(q, greatest)))),
  );

/**
 * What a masked logit adds to the sum of its row: the same for every logit and every greatest, and too little to be the greatest. Undefined
 * where the mask has several depths or one that is not that deep.
 */
function hiddenExponential(mask: Tensor, scale: number): number | undefined {
  const [depth, ...others] = new Set(mask.data.filter((value) => value !== 0));
  if (depth === undefined) return 0;
  const constants = shiftExponential(15, scale);
  const masked = bytes.map((q) => logit(q, scale, depth));
  const deepest = logit(low, scale, 0);
  const found = new Set(bytes.flatMap((greatest) => masked.map((step) => exponential(f32(step - logit(greatest, scale, 0)), constants))));
  return others.length === 0 && found.size === 1 && masked.every((step) => step < deepest) ? [...found][0] : undefined;
}

/** The mask as flags, where some element of every row is not masked. */
function flagsOf({ type, data }: Tensor): Tensor | undefined {
  const columns = type.shape.at(-1)!;
  const flags = Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
  for (let first = 0; first < flags.length; first += columns) {
    if (flags.subarray(first, first + columns).every((flag) => flag === 1)) return undefined;
  }
  return tensor({ dtype: 'u8', shape: type.shape }, flags);
}

/** IntSoftmax by a table of its exponentials, which depend on the logit and the greatest of its row alone. */
const softmax: Rule = (layer, inputs, to) => {
  const { value: input, scale } = byteTerm(layer.name, inputs[0], to);
  const [s = 1] = scale;
  const { mask } = layer.tensors;
  const flags = mask && flagsOf(mask);
  const hidden = mask ? hiddenExponential(mask, s) : 0;
  const constants = shiftExponential(15, s);
  const largest = exponential(0, constants);
  if (hidden === undefined || (mask && !flags) || largest > dtypes.i32.high) return softmaxLayer.lower(layer, inputs, to);
  const steps = bytes.map((q) => logit(q, s, 0));
  const table = tableOf('i32', (q, greatest) => exponential(f32(steps[q - low]! - steps[greatest - low]!), constants));
  const bits = layer.attributes['bits'] as 8 | 16;
  const operands = [input, to.constant(`${layer.name}.table`, table), ...(flags ? [to.constant(`${layer.name}.mask`, flags)] : [])];
  const { value, type } = to.call(layer.name, { operator: tableSoftmax.name, operands, attributes: { bits, hidden } });
  return scaled(value, type, 2 ** (1 - bits), 2 ** (bits - 1));
};

/** IntGELU and the QuantAct behind it: one table. */
const roundGelu =
  ({ value: input, scale: [s = 1] }: Term): Style['requantise'] =>
  (name, from, to, lowering) => {
    const m = dyadicMultiplier(from.terms[0].scale[0]!, to.scale);
    const constants = geluExponential(s);
    const steps = bytes.map((q) => logit(q, s, 0));
    const table = tableOf(narrowest(to.lo, to.hi)!, (q, greatest) =>
      clamp(roundHalfEven(q * sigmoid(steps[q - low]!, steps[greatest - low]!, constants) * m), to.lo, to.hi),
    );
    return lowering.call(name, { operator: rowLookup.name, operands: [input, lowering.constant(`${name}.table`, table)], attributes: {} });
  };

/** The value itself is never made: only the QuantAct behind it can read this. */
const gelu: Rule = (layer, inputs, to) => {
  if (!to.fuse) return geluLayer.lower(layer, inputs, to);
  const input = byteTerm(layer.name, inputs[0], to);
  const meaning = scaled('', { dtype: 'i16', shape: input.type.shape }, input.scale[0]! * 2 ** -7, dtypes.i16.high);
  return { ...meaning, round: roundGelu(input) };
};

/**
 * I-ViT's modules with the exponentials of each layer as exact tables (docs/ivit.md). The integers are those that the layers'
 * own rules give: a table holds what they compute. Other layers have the dyadic form.
 */
export const ivit: Style = {
  name: 'ivit',
  onlyLive: true,
  rules: new Map<string, Rule>([
    [softmaxLayer.kind, softmax],
    [geluLayer.kind, gelu],
  ]),
  requantise: requantiseDyadic,
};
