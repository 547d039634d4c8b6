import { forEachIndex, type Shape, type TensorType, tensor } from '../numeric/tensor.ts';
import { operators } from '../operators/index.ts';
import type { Call } from '../program/program.ts';

/** Where the channels of a tensor lie: which axis tells them, and the number of the channel at each index along it. */
export interface ChannelMap {
  readonly axis: number;
  readonly channels: readonly number[];
}

/**
 * Where the channels along `axis` of a tensor lie after a call that moves or selects its elements: the call is run on the channels' numbers, so
 * no rule needs to know what it does. Undefined where no single axis tells the channel.
 */
export function channelsAfter(call: Call, shape: Shape, axis: number, result: TensorType): ChannelMap | undefined {
  const numbers = tensor({ dtype: 'i32', shape });
  forEachIndex(shape, (index, position) => {
    numbers.data[position] = index[axis]! + 1; // 0 is what a border is filled with
  });
  const moved = tensor({ dtype: 'i32', shape: result.shape });
  operators.get(call.operator)!.evaluate(call.attributes, [numbers], moved);
  return result.shape.map((_, candidate) => mapAlong(candidate, result.shape, moved.data)).find((map) => map !== undefined);
}

function mapAlong(axis: number, shape: Shape, numbers: ArrayLike<number>): ChannelMap | undefined {
  const channels = new Array<number>(shape[axis]!).fill(0);
  let tells = true;
  forEachIndex(shape, (index, position) => {
    const along = index[axis]!;
    channels[along] ||= numbers[position]!;
    tells &&= numbers[position] !== 0 && channels[along] === numbers[position];
  });
  return tells ? { axis, channels: channels.map((number) => number - 1) } : undefined;
}
