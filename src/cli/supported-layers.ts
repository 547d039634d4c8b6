import type { Hints } from '../importers/import.ts';
import type { AnyModule } from '../importers/module.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const names = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(', ');

/** What has the same key together, in the order of first appearance. */
function grouped<T>(items: Iterable<T>, key: (item: T) => string): readonly T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

/** The first half of the page "Supported operations", Markdown made from the table by which the importer accepts and refuses. */
export function printSupportedLayers(definitions: readonly AnyModule[], hints: Hints): string {
  const supported = definitions.map(({ classes, becomes }) => row(names(classes), becomes));
  const refusals = definitions.flatMap(({ classes, refuses }) =>
    refuses.map(({ reason, suggestion }) => ({ classes, reason, suggestion })),
  );
  const limits = grouped(refusals, ({ reason, suggestion }) => `${reason}; ${suggestion}`).map((same) =>
    row(names([...new Set(same.flatMap(({ classes }) => classes))]), same[0]!.reason, same[0]!.suggestion),
  );
  const instead = grouped(hints, ([, suggestion]) => suggestion).map((same) => row(names(same.map(([name]) => name)), same[0]![1]));
  return `## Layers of a Brevitas model

Lower-case names are functions and operators such as \`+\`. \`bitwright check\` applies this table to a model. What they become is
[below](#layers-of-a-network).

${row('class or function', 'becomes')}
${row('---', '---')}
${supported.join('\n')}

## Limits

A layer is refused where the sentence is true of it.

${row('class or function', 'refused where', 'what to do')}
${row('---', '---', '---')}
${limits.join('\n')}

## What to use instead

Everything else stops an import by name.

${row('class or function', 'what to do')}
${row('---', '---')}
${instead.join('\n')}
`;
}
