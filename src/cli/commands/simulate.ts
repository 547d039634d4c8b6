import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { CycleModelName } from '../../hardware/cycle-models.ts';
import type { Define } from '../command.ts';
import { count, jsonOption, printJson } from '../road.ts';
import { gemminiRoundings } from '../simulator-options.ts';

/** The names of simulator/machines and of the engines, here so that --help loads none of them; a test compares them. */
export const machineNames = ['rv64', 'rv32', 'cluster', 'gemmini'] as const;
export const simulationEngines = ['auto', 'interpreter', 'translator', 'structured', 'block'] as const;

const simulationModels = ['functional', 'rocket'] as const satisfies readonly CycleModelName[];

function port(value: string): number {
  const parsed = Number(value);
  if (!(Number.isInteger(parsed) && parsed >= 0 && parsed < 65_536))
    throw new InvalidArgumentError('It must be a port from 1 to 65535, or 0 for any.');
  return parsed;
}

function seconds(value: string): number {
  const parsed = Number(value);
  if (!(parsed > 0)) throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return parsed;
}

/** bitwright simulate PROGRAM: runs a bare-metal RISC-V program; the process ends with the program's exit code. */
export const simulate: Define = (command, io) =>
  command
    .argument('<program>', 'ELF file of a bare-metal RISC-V program')
    .addOption(new Option('--machine <machine>', 'where it runs (default: by the width of the program)').choices(machineNames))
    .addOption(new Option('--engine <engine>', 'how it runs').choices(simulationEngines).default('auto' as const))
    .addOption(new Option('--cycle-model <model>', "how cycles are counted (default: the machine's own way)").choices(simulationModels))
    .option(
      '--memory-latency <cycles>',
      "latency of the memory behind the caches of the cycle model rocket (default: the model's own)",
      count,
    )
    .addOption(
      new Option('--rounding <how>', 'how a Gemmini scales: as the RTL, or as libgemmini, which Spike runs').choices(gemminiRoundings),
    )
    .addOption(
      new Option('--misaligned <what>', 'what a load or store that is not naturally aligned does')
        .choices(['ok', 'trap'] as const)
        .default('ok' as const),
    )
    .option('--memory <megabytes>', 'size of the main memory', count)
    .option('--trace', 'print every instruction that runs, on standard error')
    .option('--max-instructions <number>', 'stop after so many instructions, with exit code 124', count)
    .option('--timeout <seconds>', 'stop after so many seconds, with exit code 124', seconds)
    .option('--report-missing-fences', 'go on behind accesses that miss a fence, and say of each instruction once where it is')
    .option('--args <words...>', 'arguments of the program; semihosting passes them on')
    .option(
      '--profile [file]',
      'print the functions that cost most; with a file, write the call stacks there: folded, for flame graph tools, or over time, for ui.perfetto.dev, if its name ends in .json',
    )
    .addOption(
      new Option('--gdb <port>', 'wait for GDB on a port of this computer, 0 for any free one')
        .argParser(port)
        .conflicts(['trace', 'maxInstructions', 'timeout', 'profile']),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe exit code is that of the program; 124 when a limit stopped it, 125 when it waits for an interrupt that cannot come,\n' +
        '137 when GDB ended the program, 139 after an exception that no handler of the program takes, and after a missing fence.',
    )
    .action(async (program, options) => {
      const { readBytes, writeWhole } = await import('../../formats/files.ts');
      const [bytes, { simulateProgram }] = await Promise.all([readBytes(program), import('../simulation.ts')]);
      const simulated = await simulateProgram(program, bytes, options, io);
      if (typeof options.profile === 'string') await writeWhole(options.profile, simulated.profile!);
      if (options.json) io.out(printJson(simulated.report));
      else io.note(simulated.summary);
      io.setExitCode(simulated.exitCode);
    });
