import { cluster } from '../../hardware/cluster.ts';
import { gemminiMachine } from '../../hardware/gemmini.ts';
import { rv32, rv64 } from '../../hardware/rv64.ts';

/** The machines that can run a program of their own, by name. */
export const machines = { rv64, rv32, cluster, gemmini: gemminiMachine } as const;
export type MachineName = keyof typeof machines;
