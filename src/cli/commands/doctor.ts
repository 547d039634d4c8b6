import type { Define } from '../command.ts';
import type { Tool } from '../doctor.ts';
import { jsonOption, printJson } from '../road.ts';
import { styled } from '../table.ts';

/** bitwright doctor: which tools are there, what each is needed for, and how to give those that are missing. None is needed for everything: it ends with 0. */
export const doctor: Define = (command, io) =>
  command.addOption(jsonOption()).action(async ({ json }) => {
    const { findTools } = await import('../doctor.ts');
    const tools = await findTools();
    io.out(json ? printJson(tools.map(({ found = null, ...tool }) => ({ ...tool, found }))) : describe(tools, io.colour));
  });

/** Two lines a tool: what was found, and what it is needed for, with the remedy where it is missing. */
function describe(tools: readonly Tool[], colour: boolean): string {
  return tools
    .map(({ name, found, neededFor, remedy }) => {
      const mark = found === undefined ? styled('✗', 'red', colour) : styled('✓', 'green', colour);
      const how = found === undefined ? `\n  ${styled(`missing: ${remedy}`, 'dim', colour)}` : '';
      return `${mark} ${styled(name, 'bold', colour)}${found === undefined ? '' : `: ${found}`}\n  for ${neededFor}${how}\n`;
    })
    .join('');
}
