import { defineLayer } from '../layer.ts';
import { move } from '../meaning.ts';
import { real } from '../real.ts';
import { overWindow, windowOf, windowSizes } from '../window.ts';
import { maxPool, poolAttributes } from './max-pool.ts';

/** Behind a quantiser the pool runs on its integers; before one it waits, for a negative BatchNorm gain turns the integers' order round. */
export const maxPoolLayer = defineLayer({
  kind: maxPool.name,
  attributes: poolAttributes,
  required: [],
  optional: [],
  arity: [1, 1],
  shape: ({ attributes }, [input]) => [...input!.slice(0, 2), ...windowSizes(input!, attributes, attributes.ceil)],
  lower: ({ name, attributes }, [x], to) => move(name, x, { operator: maxPool.name, operands: [], attributes }, 'increasing', to),

  real({ attributes }, [x]) {
    const sizes = windowSizes(x.shape, attributes, attributes.ceil);
    const window = windowOf(x.shape, attributes, sizes);
    const shape = [...x.shape.slice(0, 2), ...sizes];
    const best = new Map<number, number>();
    const at = (position: number): number => {
      const known = best.get(position);
      if (known !== undefined) return known;
      const j = position % window.outWidth;
      const i = Math.floor(position / window.outWidth) % window.outHeight;
      const plane = Math.floor(position / window.outWidth / window.outHeight);
      let winner = -1;
      overWindow(window, Math.floor(plane / window.channels), plane % window.channels, i, j, (candidate) => {
        if (winner < 0 || x.values[candidate]! > x.values[winner]!) winner = candidate;
      });
      best.set(position, winner);
      return winner;
    };
    return real(
      shape,
      (position) => x.values[at(position)]!,
      (position) => x.bracket[at(position)]!,
    );
  },
});
