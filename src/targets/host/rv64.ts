import { type Code, c } from '../c.ts';
import type { Firmware } from '../firmware.ts';
import type { NamedPlan, Plan } from '../plan.ts';
import type { Built } from '../target.ts';
import { emitFolder, named, type Surroundings } from './host.ts';
import { flags, includes } from './makefile.ts';
import { buildHost, findToolchain } from './toolchain.ts';

const linkerScript = 'runtime/rv64/link.ld';
const runtime = ['firmware.h', 'rv64/rv64.h', 'rv64/rv64.c', 'rv64/start.S', 'rv64/link.ld'];

const machineOf = {
  gcc: ['-march=rv64imafdc', '-misa-spec=2.2', '-mabi=lp64d'],
  clang: ['--target=riscv64-freestanding-none', '-mcpu=generic_rv64+m+a+f+d+c', '-mabi=lp64d', '-fno-sanitize=all'],
} as const;
/** A program without a C library, in the memory from 0x80000000 on. */
const bareMetalFlags = ['-mcmodel=medany', '-ffreestanding', '-fno-builtin', '-fno-pic', '-nostdlib', '-static'];

const emitMain = (networks: readonly NamedPlan[]): Code => c`
  #include "network.h"
  #include "rv64/rv64.h"

  ${networks.map(({ symbol, plan }) => `static bw_rv64_counts ${symbol}_counts[${Math.max(1, plan.steps.length)}];`)}
  static bw_rv64_run runs[] = {
    ${networks.map(({ symbol }) => `{&${symbol}, ${symbol}_counts, 0},`)}
  };

  int main(void)
  {
    return bw_rv64_main(runs, ${networks.length});
  }
  `;

const makefile = (optimise: readonly string[], sources: readonly string[], headers: readonly string[], data: string): string => `\
# make            builds ./network, a program for a bare-metal RV64GC machine
# make clean      removes it
#
# bitwright simulate network < cases > tensors    runs it: the inputs of each test case, then the result of every step of each
# spike network cases tensors table               the same on Spike, by files; with --extension=gemmini before it where it has commands of one

CC = riscv64-unknown-elf-gcc
CFLAGS ?= ${optimise.join(' ')}

# -ffp-contract=off: a fused multiply-add would round once where the network rounds twice.
# -fno-strict-aliasing: tensors of different types take turns in the same static memory.
FLAGS = ${[...flags, ...includes, ...machineOf.gcc, ...bareMetalFlags].join(' ')}

SOURCES = ${sources.join(' \\\n  ')}
HEADERS = ${headers.join(' \\\n  ')}

all: network

network: $(SOURCES) $(HEADERS) ${data} ${linkerScript}
	$(CC) $(FLAGS) $(CFLAGS) -T ${linkerScript} -o $@ $(SOURCES)

clean:
	rm -f network

.PHONY: all clean
`;

const usual = ['-O2'];

/** What makes a program for a bare-metal RV64GC machine of networks. */
export const bareMetal = (networks: readonly NamedPlan[], optimise: readonly string[] = usual): Surroundings => ({
  main: emitMain(networks),
  runtime,
  makefile: (sources, headers, data) => makefile(optimise, sources, headers, data),
});

/** The portable C of one network for a bare-metal RV64GC machine. */
export const emitRv64 = (plan: Plan): Promise<Firmware> => {
  const networks = named([plan]);
  return emitFolder(networks, bareMetal(networks));
};

/** Compiles a folder of emitRv64 with the compiler that `cc` names: a GCC for RISC-V, or zig cc, which npm installs. */
export async function buildRv64(folder: string, cc: string | undefined, optimise: readonly string[] = usual): Promise<Built> {
  const toolchain = findToolchain({ cc, environment: {} });
  const machine = /gcc[^/\\]*$/.test(toolchain.command) ? machineOf.gcc : machineOf.clang;
  const executable = await buildHost(folder, toolchain, { optimise, extra: [...machine, ...bareMetalFlags], link: ['-T', linkerScript] });
  return { executable, compiler: toolchain.name };
}
