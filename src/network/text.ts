import { BadInput } from '../errors.ts';
import { printType, type Shape, type Tensor } from '../numeric/tensor.ts';
import { parseApplication, parseTensor, parseType, printAttributes, printTensor, type Store, TextError } from '../numeric/text.ts';
import type { Layer, Network } from './network.ts';

const printLayer = ({ name, kind, inputs, attributes, tensors, location }: Layer, store: Store): string =>
  [
    `${name} = ${kind}(${inputs.join(', ')})${printAttributes(attributes)}${location ? `  # ${location}` : ''}`,
    ...Object.entries(tensors).map(([role, value]) => `    ${role}: ${printType(value.type)} = ${printTensor(value, store)}`),
  ].join('\n');

/** The text form of a Network, which parseNetwork reads back: inputs, layers with their tensors below them, outputs. */
export function printNetwork({ name, inputs, layers, outputs }: Network, store: Store): string {
  return [
    `network ${name}`,
    ...[...inputs].map(([input, shape]) => `input ${input}: ${printType({ dtype: 'f32', shape })}`),
    ...layers.map((layer) => printLayer(layer, store)),
    `output ${outputs.join(', ')}`,
    '',
  ].join('\n');
}

/** Reads what printNetwork prints. A BadInput names the line that is wrong. */
export function parseNetwork(text: string, store: Store): Network {
  const inputs = new Map<string, Shape>();
  const layers: Layer[] = [];
  let outputs: readonly string[] = [];
  let network = '';

  const forms: readonly (readonly [RegExp, (parts: readonly string[]) => void])[] = [
    [
      /^network (.+)$/,
      ([name]) => {
        network = name!;
      },
    ],
    [/^input (\S+): (\S+)$/, ([name, type]) => inputs.set(name!, parseType(type!).shape)],
    [
      /^output (.+)$/,
      ([names]) => {
        outputs = names!.split(', ');
      },
    ],
    [
      /^ +(\S+): (\S+) = (\S+)$/,
      ([role, type, data]) => {
        const layer = layers.pop();
        if (!layer) throw new TextError('a tensor stands before the first layer');
        const tensor: Tensor = parseTensor(data!, parseType(type!), store);
        layers.push({ ...layer, tensors: { ...layer.tensors, [role!]: tensor } });
      },
    ],
    [
      /^(\S+) = (.+?)(?: {2}# (.+))?$/,
      ([name, body, location]) => {
        const { name: kind, operands, attributes } = parseApplication(body!);
        layers.push({ name: name!, kind, inputs: operands, attributes, tensors: {}, ...(location ? { location } : {}) });
      },
    ],
  ];

  for (const line of text.split('\n').filter((candidate) => candidate.trim() !== '')) {
    try {
      const [form, match] = forms.map(([pattern, read]) => [read, pattern.exec(line)] as const).find(([, found]) => found) ?? [];
      if (!form || !match) throw new TextError(`"${line}" is no line of a network`);
      form(match.slice(1));
    } catch (error) {
      if (!(error instanceof TextError || error instanceof RangeError)) throw error;
      throw new BadInput({
        where: 'network text',
        found: `a line that cannot be read (${error.message})`,
        expected: 'network, input, output, "name = layer(...)" or a tensor below its layer',
        remedy: 'print it again with bitwright show',
      });
    }
  }
  return { name: network, inputs, layers, outputs };
}
