import type { Define } from '../command.ts';
import type { Tool } from '../doctor.ts';
import { jsonOption, printJson } from '../road.ts';
import { printTable } from '../table.ts';

/** bitwright doctor: which tools are there, what each is needed for, and how to give those that are missing. None is needed for everything: it ends with 0. */
export const doctor: Define = (command, io) =>
  command.addOption(jsonOption()).action(async ({ json }) => {
    const { findTools } = await import('../doctor.ts');
    const tools = await findTools();
    io.out(json ? printJson(tools.map(({ found = null, ...tool }) => ({ ...tool, found }))) : describe(tools, io.colour));
  });

function describe(tools: readonly Tool[], colour: boolean): string {
  const rows = tools.map(({ name, found, neededFor }) => [
    found === undefined ? { text: '✗', style: 'red' as const } : { text: '✓', style: 'green' as const },
    name,
    neededFor,
    found ?? '',
  ]);
  const missing = tools.filter(({ found }) => found === undefined);
  const remedies = missing.map(({ name, remedy }) => `${name} is missing: ${remedy}.\n`).join('');
  return `${printTable(['', 'tool', 'needed for', 'found'], rows, { colour })}${remedies === '' ? '' : `\n${remedies}`}`;
}
