import type { ExternalSimulator } from './external.ts';

/**
 * A simulator that Verilator made of a Chipyard design, such as simulator-chipyard.harness-GemminiRocketConfig. Its own arguments stand between
 * +permissive and +permissive-off; behind them come the program and its arguments, as for every host of the front-end server.
 * Source: Chipyard's documentation, "Software RTL Simulation", and fesvr/htif.cc of riscv-isa-sim.
 */
export const verilator = (command: string | undefined): ExternalSimulator => ({
  title: 'a simulator of Chipyard made by Verilator',
  command: command ?? 'simulator-chipyard.harness-GemminiRocketConfig',
  remedy: 'name it with --verilator-binary or BITWRIGHT_VERILATOR_BINARY',
  arguments: (executable, args) => ['+permissive', `+loadmem=${executable}`, '+permissive-off', executable, ...args],
});
