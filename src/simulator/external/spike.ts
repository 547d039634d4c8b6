import type { ExternalSimulator } from './external.ts';

export interface SpikeOptions {
  /** `spike` in PATH, where absent. */
  readonly command?: string | undefined;
  /** The instruction set, as a machine's declaration names it. */
  readonly isa: string;
  /** The Gemmini that the program commands. */
  readonly gemmini?: GemminiExtension | undefined;
}

export interface GemminiExtension {
  /** Rows and columns of the array: those of libgemmini are fixed when it is compiled. */
  readonly dim: number;
  /** The shared library, where Spike does not find libgemmini.so by itself. */
  readonly library?: string | undefined;
}

/** RISC-V's reference simulator (riscv-isa-sim), with Gemmini's extension (libgemmini) where the program needs one. It counts instructions and no cycles. */
export function spike({ command = 'spike', isa, gemmini }: SpikeOptions): ExternalSimulator {
  const library = gemmini?.library;
  return {
    title: gemmini ? "Spike with Gemmini's extension" : 'Spike',
    command,
    remedy: gemmini
      ? 'name Spike with --spike or BITWRIGHT_SPIKE, and libgemmini.so with BITWRIGHT_SPIKE_GEMMINI where Spike does not find it'
      : 'name it with --spike or BITWRIGHT_SPIKE',
    arguments: (executable, args) => [
      `--isa=${isa}`,
      ...(library === undefined ? [] : [`--extlib=${library}`]),
      ...(gemmini ? ['--extension=gemmini'] : []),
      executable,
      ...args,
    ],
    complaint: (said) => unloaded.exec(said)?.[0] ?? (gemmini && otherArray(said, gemmini.dim)),
  };
}

const unloaded = /couldn't find (?:shared library|extension)[^\n]*|Unable to load extlib[^\n]*/;

/** The extension says its size when the program's first command comes. */
function otherArray(said: string, dim: number): string | undefined {
  const [, found] = /^ +dim = (\d+)$/m.exec(said) ?? [];
  return found === undefined || Number(found) === dim ? undefined : `an array of ${found} by ${found}, not ${dim} by ${dim}`;
}
