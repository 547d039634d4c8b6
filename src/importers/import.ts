import { BadInput } from '../errors.ts';
import type { Layer } from '../network/network.ts';
import type { Finding, ModuleRecord, Modules, Report } from './module.ts';

/** What to use instead of classes that no definition takes. */
export type Hints = ReadonlyMap<string, string>;

export interface Imported {
  readonly layers: readonly Layer[];
  /** The layer or input that each record's value is, for the records that could be imported. */
  readonly values: ReadonlyMap<string, string>;
}

export const placeOf = ({ name, location }: { readonly name: string; readonly location?: string }): string =>
  `layer ${name}${location === undefined ? '' : ` (${location})`}`;

/** What an import reports to when the first refusal shall stop it. A compatibility check collects the findings instead; there is no second list. */
export const stopAtFirst: Report = ({ moduleName: name, className, status, reason, suggestion, location, file }) => {
  if (status !== 'unsupported') return;
  throw new BadInput({
    where: `${file}, ${placeOf(location === undefined ? { name } : { name, location })}`,
    found: `${className}: ${reason}`,
    expected: 'a layer of the page Supported layers',
    remedy: suggestion,
  });
};

/**
 * Imports every record that it can, in order, and hands a finding for each to `report`. What lies behind a refused record is unreached, not a
 * second error, unless no definition takes its class anyway. `inputs` are the network's; fields that do not have the form of their class are a BadInput.
 */
export function importModules(
  file: string,
  inputs: readonly string[],
  records: readonly ModuleRecord[],
  known: Modules,
  hints: Hints,
  report: Report,
): Imported {
  const values = new Map(inputs.map((name) => [name, name]));
  const layers: Layer[] = [];
  for (const record of records) {
    const sources = record.inputs.map((input) => values.get(input));
    const reached = sources.every((source) => source !== undefined);
    const seen = reached ? { ...record, inputs: sources } : record;
    const finding =
      reached || !known.has(record.className)
        ? examine(file, seen, known, hints)
        : about(file, record, 'unreached', 'something in front of it is unsupported');
    report(finding);
    if (finding.status !== 'supported') continue;
    const own = known.get(record.className)!.layers(seen, fieldsOf(file, seen, known));
    layers.push(...own.map((layer) => (record.location === undefined ? layer : { ...layer, location: record.location })));
    values.set(record.name, own.length > 0 ? record.name : seen.inputs[0]!);
  }
  return { layers, values };
}

const about = (
  file: string,
  { name, className, location }: ModuleRecord,
  status: Finding['status'],
  reason = '',
  suggestion = '',
  types: { readonly detectedType: string; readonly mappedOptype: string } = { detectedType: '', mappedOptype: '' },
): Finding => ({
  moduleName: name,
  className,
  status,
  reason,
  suggestion,
  ...types,
  ...(location === undefined ? {} : { location }),
  file,
});

function examine(file: string, record: ModuleRecord, known: Modules, hints: Hints): Finding {
  const definition = known.get(record.className);
  if (!definition) {
    const suggestion = hints.get(record.className) ?? 'replace it by layers of that page';
    return about(file, record, 'unsupported', 'Bitwright has no such layer', suggestion);
  }
  const fields = fieldsOf(file, record, known);
  const refusal = definition.refuses.find(({ when }) => when(fields, record));
  if (refusal) {
    const types = { detectedType: record.className, mappedOptype: '' };
    return about(file, record, 'unsupported', refusal.reason, refusal.suggestion, types);
  }
  const becomes = definition.layers(record, fields).map(({ kind }) => kind);
  return about(file, record, 'supported', '', '', { detectedType: record.className, mappedOptype: becomes.join(', ') || 'none' });
}

function fieldsOf(file: string, record: ModuleRecord, known: Modules): unknown {
  const parsed = known.get(record.className)!.fields.safeParse(record.fields);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path ?? [];
  const value = path.reduce<unknown>((inside, key) => (inside as Record<PropertyKey, unknown> | undefined)?.[key], record.fields);
  throw new BadInput({
    where: `${file}, ${placeOf(record)}`,
    found: value === undefined ? `no field ${path.join('.')}` : `field ${path.join('.')} with the value ${JSON.stringify(value)}`,
    expected: `the fields of a ${record.className}`,
    remedy: 'export the bundle again with the bridge of this version',
  });
}
