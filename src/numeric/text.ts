import type { Attribute, Attributes } from './attributes.ts';
import { type Dtype, dtypes, elements, type Tensor, type TensorType, tensor } from './tensor.ts';

/** What is wrong with a line of text. The reader of the whole text adds which line it is. */
export class TextError extends Error {}

/** Where the elements of large tensors are kept; the text names them by a hash of their bytes. */
export interface Store {
  put(tensor: Tensor): string;
  /** Undefined for a hash that was never put. */
  get(hash: string, type: TensorType): Tensor | undefined;
}

const inlineElements = 8;

/** Small tensors are printed in place, others by their hash. */
export function printTensor(value: Tensor, store: Store): string {
  const { data } = value;
  const inline = data.length <= inlineElements && data.every((entry) => Number.isFinite(entry) && !Object.is(entry, -0));
  return inline ? JSON.stringify([...data]) : store.put(value);
}

export function parseTensor(text: string, type: TensorType, store: Store): Tensor {
  if (text.startsWith('[')) {
    const values = parseJson(text);
    if (!Array.isArray(values) || values.length !== elements(type.shape))
      throw new TextError(`"${text}" does not fill [${type.shape.join(',')}]`);
    return tensor(type, values as number[]);
  }
  const found = store.get(text, type);
  if (!found) throw new TextError(`the data of "${text}" are not stored beside this text`);
  return found;
}

export function parseType(text: string): TensorType {
  const [, dtype = '', sizes = ''] = /^(\w+)\[([\d,]*)\]$/.exec(text) ?? [];
  if (!(dtype in dtypes)) throw new TextError(`"${text}" is no type such as i8[1,16,8,8]`);
  return { dtype: dtype as Dtype, shape: sizes === '' ? [] : sizes.split(',').map(Number) };
}

export const printAttributes = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .join('');

/** ` stride=[1,1] padding=[1,1,1,1]`: JSON values without spaces. */
function parseAttributes(text: string): Attributes {
  const pairs = text.trim().split(/\s+/).filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new TextError(`"${pair}" is no attribute such as stride=[1,1]`);
      return [pair.slice(0, equals), parseJson(pair.slice(equals + 1)) as Attribute];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TextError(`"${text}" is not JSON`);
  }
}

/** `convolution(q_in, conv1.weights) stride=[1,1]`, taken apart. */
export function parseApplication(text: string): {
  readonly name: string;
  readonly operands: readonly string[];
  readonly attributes: Attributes;
} {
  const match = /^([\w-]+)\(([^()]*)\)(.*)$/.exec(text.trim());
  if (!match) throw new TextError(`"${text}" is no call such as linear(x, fc.weights)`);
  const [, name = '', operands = '', attributes = ''] = match;
  return {
    name,
    operands: operands
      .split(',')
      .map((operand) => operand.trim())
      .filter(Boolean),
    attributes: parseAttributes(attributes),
  };
}
