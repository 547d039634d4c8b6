import { join } from 'node:path';
import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { readBytes, readJson } from '../../formats/files.ts';
import { parseSafetensors } from '../../formats/safetensors.ts';
import type { Tensor } from '../../numeric/tensor.ts';

const name = z.string().min(1);
const shape = z.array(z.int().positive());
const record = z.object({
  name,
  class: name,
  inputs: z.array(name),
  shape,
  fields: z.record(z.string(), z.unknown()),
  tensors: z.record(z.string(), z.string()),
  location: z.string().optional(),
});
const header = z.object({
  format: z.literal('bitwright-bundle'),
  schema: z.literal(1),
  name,
  source: z.object({ framework: z.string(), versions: z.record(z.string(), z.string()) }),
  inputs: z.array(z.object({ name, shape })).min(1),
  records: z.array(record),
  outputs: z.array(name).min(1),
  samples: z.int().nonnegative(),
});

/** The form of bundle.json (docs/bundle.md). */
export type BundleHeader = z.infer<typeof header>;
export type BundleRecord = BundleHeader['records'][number];

export interface Bundle {
  readonly header: BundleHeader;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The two files, as the user would name them. */
  readonly files: { readonly header: string; readonly tensors: string };
}

const remedy = 'export the bundle again with the bridge of this version';

/** Reads both files of a bundle; a BadInput names the file, and the record where one is wrong. */
export async function readBundle(directory: string): Promise<Bundle> {
  const files = { header: join(directory, 'bundle.json'), tensors: join(directory, 'tensors.safetensors') };
  const json = await readJson(files.header);
  const parsed = header.safeParse(json);
  if (!parsed.success) throw malformed(files.header, json, parsed.error.issues[0]);
  return { header: parsed.data, tensors: parseSafetensors(await readBytes(files.tensors), files.tensors).tensors, files };
}

function malformed(file: string, json: unknown, issue: z.core.$ZodIssue | undefined): BadInput {
  const path = issue?.path ?? [];
  const inRecord = path[0] === 'records' && path.length > 1;
  const at = inRecord ? (json as { records: readonly { name?: unknown }[] }).records[Number(path[1])]?.name : undefined;
  const place = inRecord ? `, record ${typeof at === 'string' ? at : String(path[1])}` : '';
  const field = (inRecord ? path.slice(2) : path).join('.');
  return new BadInput({
    where: `${file}${place}`,
    found: `${field ? `${field}: ` : ''}${issue?.message ?? 'another form'}`,
    expected: 'a bitwright-bundle of schema 1',
    remedy,
  });
}

/** The tensor of a role that a record names. */
export function tensorOf({ tensors, files }: Bundle, { name: owner, location }: BundleRecord, role: string, key: string): Tensor {
  const found = tensors.get(key);
  if (found) return found;
  throw new BadInput({
    where: `${files.tensors}, layer ${owner}${location === undefined ? '' : ` (${location})`}`,
    found: `no tensor "${key}"`,
    expected: `its ${role}`,
    remedy,
  });
}

/** Names are unique, and every edge leads back to an input or an earlier record. */
export function checkEdges({ header: { inputs, records, outputs }, files }: Bundle): void {
  const complain = (at: string, found: string, expected: string): never => {
    throw new BadInput({ where: `${files.header}, ${at}`, found, expected, remedy });
  };
  const all = new Set(records.map((one) => one.name));
  const seen = new Set<string>();
  for (const input of inputs) {
    if (seen.has(input.name)) complain(`input ${input.name}`, 'a second input of this name', 'unique names');
    seen.add(input.name);
  }
  for (const { name: own, inputs: edges, location, tensors } of records) {
    const at = `layer ${own}${location === undefined ? '' : ` (${location})`}`;
    if (seen.has(own)) complain(at, 'a second record of this name', 'unique names');
    if (edges.length === 0 && Object.keys(tensors).length === 0) complain(at, 'no inputs', 'at least one');
    for (const edge of edges) {
      if (seen.has(edge)) continue;
      if (all.has(edge)) complain(at, `an input from ${edge}, which comes later or depends on it`, 'a graph without cycles, in order');
      complain(at, `an input from ${edge}, which is not in the bundle`, 'an input or an earlier record');
    }
    seen.add(own);
  }
  for (const output of outputs) if (!seen.has(output)) complain(`output ${output}`, 'no record of this name', 'a record of the bundle');
}
