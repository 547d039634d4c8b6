import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { judgeNetwork, type SuiteTarget } from '../../../src/verify/suite/judge.ts';
import type { SuiteOutcome } from '../../../src/verify/suite/outcome.ts';
import { readNetworks, type SuiteNetwork } from '../../../src/verify/suite/selection.ts';

const models = join(import.meta.dirname, '../../../models');
const bundleOf = ({ name }: SuiteNetwork): string => join(models, 'bundles', name);

/** The networks of the suite whose bundles come with the checkout. */
export const committed = (await readNetworks(models)).filter((network) => existsSync(join(bundleOf(network), 'bundle.json')));

/** With `replay` the results of all calls inside its steps too. */
export const judge = (network: SuiteNetwork, target: SuiteTarget, replay = false): Promise<SuiteOutcome> =>
  judgeNetwork({ ...network, bundle: bundleOf(network), target, replay });
