import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gemminiMachine } from '../../../src/hardware/gemmini.ts';
import { rocket } from '../../../src/hardware/rocket.ts';
import { Machine } from '../../../src/simulator/machine.ts';
import { kernelSource, withHeaders, writeFirmware } from '../../../src/targets/firmware.ts';
import { buildRv64 } from '../../../src/targets/host/rv64.ts';

/** Some C with which the array does something, at the end of which it has done it. */
export interface Measurement {
  readonly declarations: string;
  readonly statements: string;
  /** The last one counts: the shared cache replaces lines at random, so that it takes some to have all of what nearly fills it. */
  readonly passes?: number;
  /** What is measured in place of cycles. */
  readonly result?: string;
}

/** Memory for operands and results: each measurement begins at the first byte of each. */
const main = (includes: readonly string[], measurements: readonly Measurement[], functions: string): string => `
${includes.map((header) => `#include "${header}"`).join('\n')}

volatile uint64_t tohost __attribute__((section(".tohost"), aligned(64)));
uint64_t results[${measurements.length}];
static int8_t left[1 << 20] __attribute__((aligned(64))), right[1 << 20] __attribute__((aligned(64)));
static int32_t bias[1 << 12] __attribute__((aligned(64)));
static int32_t sums[1 << 20] __attribute__((aligned(64)));

static uint64_t cycles(void)
{
  uint64_t now;
  __asm__ volatile("rdcycle %0" : "=r"(now)::"memory");
  return now;
}

${functions}
${measurements
  .map(
    ({ declarations, statements, passes = 4, result = 'cycles() - start' }, index) => `
static void measure_${index}(void)
{
${declarations}
  for (int pass = 0; pass < ${passes}; pass++) {
    const uint64_t start = cycles();
    (void)start;
    ${statements}
    results[${index}] = ${result};
  }
}
`,
  )
  .join('')}
void *memset(void *to, int value, unsigned long bytes)
{
  volatile uint8_t *next = to;
  while (bytes-- > 0) *next++ = (uint8_t)value;
  return to;
}

void *memcpy(void *to, const void *from, unsigned long bytes)
{
  volatile uint8_t *next = to;
  for (const uint8_t *source = from; bytes-- > 0; source++) *next++ = *source;
  return to;
}

int main(void)
{
  (void)left, (void)right, (void)bias, (void)sums;
  ${measurements.map((_, index) => `measure_${index}();`).join('\n  ')}
  return 0;
}
`;

/** Files of C that only tests have, beside this one. */
const own = 'loop-conv/';

/** Cycles of each measurement when everything is in the shared cache, on the simulated machine; `functions` is more C that they use. */
export async function measure(
  includes: readonly string[],
  sources: readonly string[],
  measurements: readonly Measurement[],
  functions = '',
): Promise<number[]> {
  const place = mkdtempSync(join(tmpdir(), 'bitwright-measure-'));
  try {
    const folder = join(place, 'firmware');
    const names = [...sources, ...includes];
    const kernels = await withHeaders([...names.filter((name) => !name.startsWith(own)), 'bitwright.h', 'gemmini/gemmini.h']);
    const runtime = ['rv64/start.S', 'rv64/link.ld'];
    const texts: [string, string][] = [['main.c', main(includes, measurements, functions)]];
    for (const [name, text] of kernels) texts.push([`kernels/${name}`, `${text}\n`]);
    for (const name of names.filter((each) => each.startsWith(own)))
      texts.push([`kernels/${name}`, readFileSync(new URL(name, import.meta.url), 'utf8')]);
    for (const name of runtime) texts.push([`runtime/${name}`, await kernelSource(`runtime/${name}`)]);
    await writeFirmware(new Map(texts), folder);
    const { executable } = await buildRv64(folder, undefined, ['-O2', '-funroll-loops']);
    const cycleModel = { ...rocket, caches: { ...rocket.caches, memoryLatency: 1 } };
    const machine = Machine.load(readFileSync(executable), { machine: gemminiMachine, cycleModel });
    const outcome = machine.run({ maxInstructions: 1e9 });
    if (outcome.reason !== 'exit' || outcome.code !== 0) throw new Error(`the measurements ended with ${JSON.stringify(outcome)}`);
    const bytes = machine.readMemory(machine.symbol('results')!.address, 8 * measurements.length)!;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return measurements.map((_, index) => Number(view.getBigInt64(8 * index, true)));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
