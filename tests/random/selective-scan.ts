import { scan, scanAttributes } from '../operators/scan.ts';
import type { NetworkSketch, Value } from './generator.ts';
import { tokensOf, uniform } from './transformer.ts';

/** A scan over the positions of an image, calibrated with what reaches it. */
export function selectiveScan(s: NetworkSketch, image: Value): Value | undefined {
  const x = tokensOf(s, image);
  const [, tokens = 1, channels = 1] = x.shape;
  const states = s.between(1, 5);
  const project = (outputs: number): Value => s.apply('linear', [x], {}, s.weights([outputs, channels]));
  const [b, c] = ['b', 'c'].map(() => s.quantise(project(states), false));
  const raw = project(channels);
  const size = raw.real.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!b || !c || size === 0 || size > 100) return undefined;
  const [A, D] = [uniform(s, [channels, states], 0.3, 8), uniform(s, [channels], -1, 1)];
  const [values, dt, given, read] = [x, raw, b, c].map(({ real }) => real.values) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const peaks = scan({ tokens, channels, states, x: values, dt, b: given, c: read, A: A.data, D: D.data });
  const scale = s.layers.find(({ name }) => name === b.name)!.attributes['scale'] as number;
  if (peaks.state === 0) return undefined;
  const attributes = scanAttributes(peaks, scale);
  if (attributes.inputBits < 6) return undefined;
  return s.quantise(s.apply('selective-scan', [x, raw, b, c], { ...attributes }, { A, D }));
}
