/** One scan in double: what its layer is compared with, and what its scales are chosen from. */
export interface Scan {
  readonly tokens: number;
  readonly channels: number;
  readonly states: number;
  /** [tokens, channels], dt before its softplus. */
  readonly x: ArrayLike<number>;
  readonly dt: ArrayLike<number>;
  /** [tokens, states]. */
  readonly b: ArrayLike<number>;
  readonly c: ArrayLike<number>;
  /** [channels, states] and [channels]. */
  readonly A: ArrayLike<number>;
  readonly D: ArrayLike<number>;
}

export interface Scanned {
  readonly y: Float64Array;
  /** The largest |h| and |dt * x|. */
  readonly state: number;
  readonly input: number;
}

export function scan({ tokens, channels, states, x, dt, b, c, A, D }: Scan): Scanned {
  const y = new Float64Array(tokens * channels);
  let [state, input] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const h = new Float64Array(states);
    for (let token = 0; token < tokens; token++) {
      const at = token * channels + channel;
      const step = Math.max(dt[at]!, 0) + Math.log1p(Math.exp(-Math.abs(dt[at]!)));
      input = Math.max(input, Math.abs(step * x[at]!));
      y[at] = D[channel]! * x[at]!;
      for (let n = 0; n < states; n++) {
        h[n] = Math.exp(-step * A[channel * states + n]!) * h[n]! + step * x[at]! * b[token * states + n]!;
        y[at]! += c[token * states + n]! * h[n]!;
        state = Math.max(state, Math.abs(h[n]!));
      }
    }
  }
  return { y, state, input };
}

/** The attributes of the layer, as a calibration that saw these peaks chooses them; `scale` is that of b. */
export function scanAttributes(
  { state, input }: Pick<Scanned, 'state' | 'input'>,
  scale: number,
): { stateScale: number; inputBits: number } {
  const stateScale = state / 2 ** 24;
  const largest = (input * scale) / stateScale;
  return { stateScale, inputBits: Math.min(30, Math.ceil(Math.log2(2 ** 31 / (8 * largest))) - 1) };
}
