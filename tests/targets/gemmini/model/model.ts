import { readdirSync, readFileSync } from 'node:fs';
import type { GemminiDeclaration } from '../../../../src/hardware/gemmini.ts';
import { type Code, c } from '../../../../src/targets/c.ts';
import { type Firmware, kernelSource } from '../../../../src/targets/firmware.ts';
import { named } from '../../../../src/targets/host/host.ts';
import type { BuildOptions } from '../../../../src/targets/host/toolchain.ts';
import type { Plan } from '../../../../src/targets/plan.ts';

const mainOf = (plans: readonly Plan[]): Code => c`
  #include "host.h"
  #include "network.h"

  int main(int argc, char **argv)
  {
    static const bw_network *const networks[] = {${named(plans)
      .map(({ symbol }) => `&${symbol}`)
      .join(', ')}};
    return bw_host_main(networks, ${plans.length}, argc, argv);
  }
  `;

/** How commands come to the array: the only file of the kernels that is for the machine alone. */
const command = 'kernels/gemmini/command.h';

/** What the firmware for a machine has around its networks. */
const isSurrounding = (path: string): boolean => path === 'main.c' || path === 'Makefile' || path.startsWith('runtime/');

/** Firmware for a core with a Gemmini as a program for this computer, which has a model of the array. */
export async function hostForm(firmware: Firmware, plans: readonly Plan[]): Promise<Firmware> {
  const runtime = ['firmware.h', 'host.h', 'host.c'].map(
    async (name) => [`runtime/${name}`, await kernelSource(`runtime/${name}`)] as const,
  );
  const model = readdirSync(new URL('.', import.meta.url))
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => [name === 'command.h' ? command : `model/${name}`, readFileSync(new URL(name, import.meta.url), 'utf8')] as const);
  const networks = Array.from(firmware).filter(([path]) => !isSurrounding(path));
  return new Map([...networks, ['main.c', mainOf(plans)], ...(await Promise.all(runtime)), ...model]);
}

/** What that is compiled with, by GCC: it stops at undefined behaviour, and at an address outside of what it belongs to. */
export const sanitised = ({ dim, scratchpad, accumulator, generation }: GemminiDeclaration): BuildOptions => {
  const rows = ({ banks, rows }: { readonly banks: number; readonly rows: number }): number => banks * rows;
  const sizes = [`-DDIM=${dim}`, `-DSCRATCHPAD_ROWS=${rows(scratchpad)}`, `-DACCUMULATOR_ROWS=${rows(accumulator)}`];
  return {
    optimise: ['-O0', '-g'],
    extra: [
      ...['-Werror', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
      ...[...sizes, `-DNEWER=${Number(generation !== '2023-02')}`],
    ],
    link: ['-lm'],
  };
};
