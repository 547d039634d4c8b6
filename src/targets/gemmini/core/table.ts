import { dtypes, elements, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { channelView } from '../../../operators/requantise/channels.ts';
import { dyadic } from '../../../operators/requantise/dyadic.ts';
import { dyadicMean } from '../../../operators/requantise/dyadic-mean.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { PortableCall } from '../../portable.ts';
import type { Fusion, Surroundings } from './fusion.ts';

/** Bytes of a table that the core's cache holds beside the rest, and those that cost less than what they save, however few elements there are. */
const [most, few] = [1 << 14, 1 << 10];
/** Entries for an element at most: each is loaded from memory once. */
const entriesPerElement = 4;

const results: ReadonlySet<string> = new Set(['i8', 'u8']);

/** A rounding of integers that can have few values: its results are a table. */
export const table: Fusion = {
  name: 'table',
  fuse([call], surroundings) {
    const rounding = call && results.has(call.result.type.dtype) ? roundingOf(call, surroundings) : undefined;
    if (!rounding) return undefined;
    const { low, high } = surroundings.known(call!.operands[0]!.value).range;
    const least = Math.min(low, 0);
    const span = Math.max(high, 0) - least + 1;
    const { channels, constants, axis, advance } = rounding;
    const [x] = call!.operands as [Piece];
    const shape = channelView(x.type.shape, axis, channels);
    const all = Math.max(1, ...constants.map(({ data }) => data.length));
    if (all * span > most || channels * span > Math.max(few, entriesPerElement * elements(x.type.shape))) return undefined;

    const name = `${surroundings.site.step.name} table that makes ${call!.result.value}`;
    const made = tableOf(call!, constants, { least, span, all }, surroundings);
    const piece: Piece = { value: name, type: { dtype: made.type.dtype, shape: [channels, span] }, advance: advance * span };
    const dtype = call!.result.type.dtype;
    const functions = [
      {
        function: `bw_rocket_table_${x.type.dtype}_${dtype}`,
        arguments: [
          { struct: 'bw_rocket_table', fields: { ...shape, least, span } },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ] as const,
      },
    ];
    return {
      taken: 1,
      call: { ...call!, operands: [x, piece], functions, source: 'rocket/table.c', inPlace: dtypes[x.type.dtype].bytes === 1 },
      constants: new Map([[name, made]]),
    };
  },
};

/** Constants of a rounding: whole ones, and how many channels a part of it has. */
interface Rounding {
  readonly channels: number;
  readonly axis: number;
  readonly constants: readonly Tensor[];
  /** Channels from part to part. */
  readonly advance: number;
}

function roundingOf({ operator, operands, attributes }: PortableCall, { known }: Surroundings): Rounding | undefined {
  const [, ...own] = operands;
  const constants = own.map(({ value }) => known(value).constant);
  if (!constants.every((constant) => constant !== undefined)) return undefined;
  if (operator === dyadic.name) {
    const [first] = own as [Piece];
    return { channels: elements(first.type.shape), axis: attributes['axis'] as number, constants, advance: first.advance };
  }
  if (operator !== dyadicMean.name || new Set(constants[0]!.data).size !== 1) return undefined;
  const count = tensor({ dtype: constants[0]!.type.dtype, shape: [1] }, [constants[0]!.data[0]!]);
  return { channels: 1, axis: 0, constants: [count], advance: 0 };
}

/** The operator's own results of every value, for each of all channels. */
function tableOf(
  { operator: name, attributes, result }: PortableCall,
  constants: readonly Tensor[],
  { least, span, all }: { readonly least: number; readonly span: number; readonly all: number },
  { site }: Surroundings,
): Tensor {
  const shape = [all, span];
  const x = tensor(
    { dtype: 'i32', shape },
    Array.from({ length: all * span }, (_, index) => least + (index % span)),
  );
  const y = tensor({ dtype: result.type.dtype, shape });
  site.operators.get(name)!.evaluate({ ...attributes, axis: 0 }, [x, ...constants], y);
  return y;
}
