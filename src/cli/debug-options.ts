import type { Command } from '@commander-js/extra-typings';
import { BadInput } from '../errors.ts';
import type { Network } from '../network/network.ts';
import type { Program } from '../program/program.ts';
import { lowered, type StyleName } from './road.ts';

/** Where a network stops, and a number by which what it computed is compared with another system's. */
export const withDebugOptions = <A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) =>
  command
    .option('--stop-after <step>', 'end in this step, layer or module, or in a unit of the older flow such as block_3_post_gelu')
    .option('--checksum', 'print h = 131 h + byte over the bytes of each output, modulo 2^64');

/**
 * The Program of a network up to a step: joined where the style makes its value, else with every call a step of its own. A name that nothing has
 * is a BadInput with the nearest ones.
 */
export async function loweredUntil(network: Network, style: StyleName, stopAfter: string | undefined): Promise<Program> {
  if (stopAfter === undefined) return lowered(network, style);
  const [{ lowerUntil }, { styles }, { modulesOfUnit, unitsOf }, { nearest }] = await Promise.all([
    import('../lowering/lower.ts'),
    import('../lowering/styles/index.ts'),
    import('../importers/ivit/units.ts'),
    import('../verify/near.ts'),
  ]);
  const known = new Set<string>();
  for (const name of [stopAfter, ...modulesOfUnit(stopAfter)]) {
    for (const fuse of [true, false]) {
      const { program, names } = lowerUntil(network, { style: styles.get(style)!, fuse }, name);
      if (program) return program;
      for (const each of names) known.add(each);
    }
  }
  throw new BadInput({
    where: `--stop-after ${stopAfter}`,
    found: network.layers.some(({ name }) => name === stopAfter)
      ? `a layer of ${network.name} whose own value no step makes: it is joined to what follows`
      : `no such step in ${network.name}`,
    expected: `a name such as ${nearest(stopAfter, [...known, ...unitsOf([...known])]).join(', ')}`,
    remedy: 'print all of them with bitwright show --program --no-fuse',
  });
}
