import type { ExternalSimulator } from './external.ts';

export interface SpikeOptions {
  /** `spike` in PATH, where absent. */
  readonly command?: string | undefined;
  /** The instruction set, as a machine's declaration names it. */
  readonly isa: string;
  /** Whether the program commands a Gemmini. */
  readonly gemmini?: boolean;
  /** The shared library of Gemmini's extension, where Spike does not find libgemmini.so by itself. */
  readonly library?: string | undefined;
}

/** RISC-V's reference simulator (riscv-isa-sim), with Gemmini's extension (libgemmini) where the program needs one. It counts instructions and no cycles. */
export const spike = ({ command = 'spike', isa, gemmini = false, library }: SpikeOptions): ExternalSimulator => ({
  title: gemmini ? "Spike with Gemmini's extension" : 'Spike',
  command,
  remedy: gemmini
    ? 'name Spike with --spike or BITWRIGHT_SPIKE, and libgemmini.so with BITWRIGHT_SPIKE_GEMMINI where Spike does not find it'
    : 'name it with --spike or BITWRIGHT_SPIKE',
  arguments: (executable, args) => [
    `--isa=${isa}`,
    ...(gemmini && library !== undefined ? [`--extlib=${library}`] : []),
    ...(gemmini ? ['--extension=gemmini'] : []),
    executable,
    ...args,
  ],
  complaint: (said) => /couldn't find (?:shared library|extension)[^\n]*|Unable to load extlib[^\n]*/.exec(said)?.[0],
});
