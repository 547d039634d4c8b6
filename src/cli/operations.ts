import * as z from 'zod';
import type { LayerDefinitions } from '../operators/layer.ts';
import type { Operators } from '../program/operator.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** A schema in few words: `int`, `[int, int]`, `number[]`, `"zeros" or "reflect"`. */
function words(schema: Schema): string {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.anyOf) return schema.anyOf.map(words).join(' or ');
  if (schema.prefixItems) return `[${schema.prefixItems.map(words).join(', ')}]`;
  if (schema.items) return `${words(schema.items)}[]`;
  return schema.type === 'integer' ? 'int' : String(schema.type ?? 'any');
}

function attributesOf(attributes: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(attributes, { io: 'input', unrepresentable: 'any' }) as Schema;
  const described = Object.entries(properties).map(([name, schema]) => `\`${name}\`${required.includes(name) ? '' : '?'} ${words(schema)}`);
  return described.join('; ') || 'none';
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const names = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(', ');

/** The second half of the page "Supported operations", Markdown made from the definitions themselves. */
export function printOperations(layers: LayerDefinitions, operators: Operators): string {
  const layerRows = [...layers.values()].map(({ kind, arity: [least, most], required, optional, attributes }) => {
    const count = least === most ? `${least}` : `${least} to ${Number.isFinite(most) ? most : 'any number'}`;
    const tensors = [names(required), optional.length > 0 ? `(${names(optional)})` : ''].filter(Boolean).join(' ');
    return row(`\`${kind}\``, count, tensors, attributesOf(attributes));
  });
  const operatorRows = [...operators.values()].map(({ name, operands, attributes, formula, epilogue }) =>
    row(`\`${name}\``, names(operands), attributesOf(attributes), formula, epilogue ? 'yes' : ''),
  );
  return `## Layers of a Network

What an importer may hand over. Tensors in brackets are optional, as are attributes with a question mark.

${row('kind', 'inputs', 'tensors', 'attributes')}
${row('---', '---', '---', '---')}
${layerRows.join('\n')}

## Operators of a Program

What runs, exactly by its formula. An epilogue may follow another operator in the same step. \`rne\` rounds half to even.

${row('operator', 'operands', 'attributes', 'formula', 'epilogue')}
${row('---', '---', '---', '---', '---')}
${operatorRows.join('\n')}
`;
}
