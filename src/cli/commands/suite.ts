import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Option } from '@commander-js/extra-typings';
import { type Define, UsageError } from '../command.ts';
import { count, printJson, replayOption, suiteTargetNames } from '../road.ts';

/** The networks that come with the package. */
const ownModels = fileURLToPath(new URL('../../../models', import.meta.url));

/** bitwright suite: many networks, every integer of each. */
export const suite: Define = (command, io) =>
  command
    .option('--networks <list>', 'such as T1,T10-T14', 'all')
    .addOption(
      new Option('--target <target>', 'what runs them; engine compares the two engines')
        .choices(suiteTargetNames)
        .default('engine' as const),
    )
    .option('--jobs <number>', 'networks at a time (default: one for each core)', count)
    .option('--models <directory>', 'where networks.json is', ownModels)
    .option('--bundles <directory>', 'where their bundles are (default: bundles in the directory of --models)')
    .addOption(replayOption())
    .option('--cc <compiler>', 'C compiler of the target, as deploy takes it')
    .option('--json [file]', 'print JSON in place of the table, or write it to a file beside the table')
    .option('--junit <file>', 'write a JUnit report')
    .action(async (options) => {
      const { target, models, cc, replay } = options;
      if (replay && target === 'engine') throw new UsageError('--replay is for firmware: give a --target such as host');
      const [{ readNetworks, selectNetworks }, { runSuite }, { describeSuite }, { junitReport }, { suiteExitCode }, { writeWhole }] =
        await Promise.all([
          import('../../verify/suite/selection.ts'),
          import('../run-suite.ts'),
          import('../describe-suite.ts'),
          import('../../verify/suite/junit.ts'),
          import('../../verify/suite/outcome.ts'),
          import('../../formats/files.ts'),
        ]);
      const bundles = options.bundles ?? join(models, 'bundles');
      const networks = await readNetworks(models);
      const jobs = selected(() => selectNetworks(networks, options.networks)).map((network) => ({
        ...network,
        ...{ bundle: join(bundles, network.name), target, cc, replay },
      }));
      const { outcomes, interrupted, seconds } = await runSuite(jobs, options.jobs ?? availableParallelism(), io);
      const json = printJson({ target, interrupted, seconds, networks: outcomes });
      if (typeof options.json === 'string') await writeWhole(options.json, json);
      if (options.junit !== undefined) await writeWhole(options.junit, junitReport(target, outcomes));
      io.out(options.json === true ? json : describeSuite(target, outcomes, seconds, io.colour));
      io.setExitCode(interrupted ? 130 : suiteExitCode(outcomes));
    });

/** What the list names that is not there is the user's mistake. */
function selected<T>(select: () => T): T {
  try {
    return select();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--networks ${error.message}`);
    throw error;
  }
}
