import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileErrors } from '../../formats/files.ts';
import { printSafetensors } from '../../formats/safetensors.ts';
import type { Shape, Tensor } from '../../numeric/tensor.ts';
import type { ModuleRecord } from '../module.ts';

/** What a bundle without samples says of a network. */
export interface BundleContent {
  readonly name: string;
  /** A framework of frameworks.ts. */
  readonly framework: string;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly records: readonly ModuleRecord[];
  readonly outputs: readonly string[];
}

const line = (value: unknown): string => JSON.stringify(value);
const keyOf = (record: ModuleRecord, role: string): string => `${record.name}.${role}`;

const printRecord = (record: ModuleRecord): string => {
  const { name, className, inputs, shape, fields, tensors, location } = record;
  const keys = Object.fromEntries(Object.keys(tensors).map((role) => [role, keyOf(record, role)]));
  return line({ name, class: className, inputs, shape, fields, tensors: keys, ...(location !== undefined && { location }) });
};

/** bundle.json: keys in a fixed order, one line for each record. */
function printBundleHeader({ name, framework, inputs, records, outputs }: BundleContent): string {
  return [
    '{',
    '  "format": "bitwright-bundle",',
    '  "schema": 1,',
    `  "name": ${line(name)},`,
    `  "source": ${line({ framework, versions: {} })},`,
    `  "inputs": ${line(inputs)},`,
    '  "records": [',
    records.map((record) => `    ${printRecord(record)}`).join(',\n'),
    '  ],',
    `  "outputs": ${line(outputs)},`,
    '  "samples": 0',
    '}',
    '',
  ].join('\n');
}

/** Writes bundle.json and tensors.safetensors (docs/bundle.md) into a directory that exists. */
export async function writeBundleInto(directory: string, content: BundleContent): Promise<void> {
  const tensors = new Map<string, Tensor>(
    content.records.flatMap((record) => Object.entries(record.tensors).map(([role, value]) => [keyOf(record, role), value] as const)),
  );
  await withFileErrors(directory, async () => {
    await writeFile(join(directory, 'bundle.json'), printBundleHeader(content));
    await writeFile(join(directory, 'tensors.safetensors'), printSafetensors(tensors));
  });
}
