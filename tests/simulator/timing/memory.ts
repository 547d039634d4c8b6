import type { Measured } from './program.ts';
import { repeat } from './scalar.ts';

/** Memory that nothing else uses, from here on. */
let free = 0x8200_0000;
/** A row of memory for each of some passes: its address goes to a register, by the passes that are left. */
function fresh(register: string, bytes: number, passes = 1): string {
  const base = free;
  free += bytes * (passes + 1);
  return passes === 1
    ? `li ${register}, ${base}`
    : `li t1, ${bytes}\nmul t1, t1, s1\nli ${register}, ${base}\nadd ${register}, ${register}, t1`;
}

const row = (program: string, latency: 1 | 40 | 100, what: string, per: number, setup: string, body: string, passes = 1): Measured => ({
  program,
  latency,
  what,
  per,
  setup,
  body,
  passes,
});

/** Loads one line after the other; the next address needs what was loaded, which is 0. */
const dependent = (count: number): string =>
  `li t0, ${count}\n.balign 8\n1:\nld t1, 0(a0)\naddi t0, t0, -1\nadd a0, a0, t1\naddi a0, a0, 64\nbnez t0, 1b`;
const independent = (count: number): string =>
  `li t0, ${count}\nslli t0, t0, 6\nadd t0, t0, a0\n.balign 8\n1:\nld t1, 0(a0)\naddi a0, a0, 64\nbne a0, t0, 1b`;
const stores = (count: number): string =>
  `li t0, ${count}\nslli t0, t0, 6\nadd t0, t0, a0\n.balign 8\n1:\nsd zero, 0(a0)\naddi a0, a0, 64\nbne a0, t0, 1b`;
const keep = (address: string, ...lines: readonly string[]): string => [address, 'mv s3, a0', ...lines, 'mv a0, s3'].join('\n');
const nops = (lines: number): string => repeat(16 * lines, '.4byte 0x13');

/** The measurements that depend on the memory's latency, for each of the measured ones. */
const cached = ([1, 40, 100] as const).flatMap((latency) => [
  row('scalar3', latency, 'dep load cold, stride 64, per load', 256, fresh('a0', 0x4000, 2), dependent(256), 2),
  row('scalar3', latency, 'dep load 16KB 2nd pass', 256, keep(fresh('a0', 0x4000), dependent(256)), dependent(256)),
  row(
    'scalar3',
    latency,
    'dep load 8KB L1 hot (loop overhead ref)',
    128,
    keep(fresh('a0', 0x2000), ...[1, 2, 3, 4].flatMap(() => [dependent(128), 'mv a0, s3'])),
    dependent(128),
  ),
  row('scalar3', latency, 'dep load cold 64KB', 1024, fresh('a0', 0x10000, 2), dependent(1024), 2),
  row('scalar3', latency, 'dep load 64KB 2nd pass (L2 hit)', 1024, keep(fresh('a0', 0x10000), dependent(1024)), dependent(1024)),
  row('scalar3', latency, 'indep loads cold (stride 64)', 512, fresh('a0', 0x8000, 2), independent(512), 2),
  row(
    'scalar3',
    latency,
    'indep loads L2 hit (32KB)',
    512,
    keep(fresh('a0', 0x8000), independent(512), 'mv a0, s3', independent(512)),
    independent(512),
  ),
  row('scalar3', latency, 'stores cold, clean victims', 512, fresh('a0', 0x8000, 2), stores(512), 2),
  row('scalar3', latency, 'stores L2-hit, dirty L1 victims', 512, keep(fresh('a0', 0x8000), stores(512)), stores(512)),
  row('scalar3', latency, 'stores 1MB stride64 (L2 capacity, dirty L2 victims incl.)', 16384, fresh('a0', 0x100000, 2), stores(16384), 2),
  row('scalar3', latency, '4KB nops in I$ (per instr)', 1024, '', nops(64), 3),
  row('scalar3', latency, '32KB nops cold (per 64B line)', 512, '', nops(512)),
  row('scalar3', latency, '32KB nops 2nd (L2 hit) per 64B line', 512, '', nops(512), 2),
  row('scalar3', latency, '4KB nops after fence.i (per 64B line)', 64, 'fence.i', nops(64), 3),
]);

/** A cycle through `count` nodes in random order. */
function shuffled(count: number): readonly number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  let state = 12345;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const j = (state >>> 8) % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Follows `steps` pointers through nodes that lie `stride` bytes apart; all of them once before, where the steps go round. */
function chase(program: string, latency: 1 | 40 | 100, what: string, nodes: number, steps: number, stride: number): Measured {
  const order = shuffled(nodes);
  const next = new Array<number>(nodes);
  for (const [i, node] of order.entries()) next[node] = order[(i + 1) % nodes]!;
  const label = `chase${program}${latency}x${nodes}x${steps}`;
  return {
    ...row(
      program,
      latency,
      what,
      steps,
      `${fresh('a0', nodes * stride)}
  mv t2, a0
  la a1, ${label}
  li t0, ${nodes}
2:
  lwu t1, 0(a1)
  li t3, ${stride}
  mul t1, t1, t3
  add t1, t1, a0
  sd t1, 0(t2)
  add t2, t2, t3
  addi a1, a1, 4
  addi t0, t0, -1
  bnez t0, 2b
  ${steps < nodes ? '' : `li t0, ${nodes}\n3:\nld a0, 0(a0)\naddi t0, t0, -1\nbnez t0, 3b`}`,
      `li t0, ${steps}\n.balign 8\n1:\nld a0, 0(a0)\naddi t0, t0, -1\nbnez t0, 1b`,
    ),
    data: `.section .rodata\n.balign 64\n${label}:\n${next.map((node) => `.4byte ${node}`).join('\n')}\n.text`,
  };
}
const chases: readonly Measured[] = [
  chase('mem', 1, 'chase 4 KB rand (cyc/ld incl loop)', 64, 256, 64),
  chase('mem', 1, 'chase 8 KB rand (cyc/ld incl loop)', 128, 512, 64),
  chase('mem', 1, 'chase 15 KB rand (cyc/ld incl loop)', 240, 960, 64),
  chase('mem', 1, 'chase 32 KB rand (cyc/ld incl loop)', 512, 1024, 64),
  chase('mem', 1, 'chase 64 KB rand (cyc/ld incl loop)', 1024, 2048, 64),
  chase('mem', 1, 'chase 256 KB rand (cyc/ld incl loop)', 4096, 4096, 64),
  chase('mem', 1, 'chase 2MB(128B stride) rand -> DRAM', 16384, 2000, 128),
  chase('mem2a', 1, 'chase 1.5MB(128B stride) rand -> DRAM', 12288, 1500, 128),
  chase('mem2b', 40, 'chase 1.5MB(128B stride) rand -> DRAM', 12288, 1500, 128),
  chase('mem2b', 100, 'chase 1.5MB(128B stride) rand -> DRAM', 12288, 1500, 128),
];

export const memory: readonly Measured[] = [...cached, ...chases];
export { fresh };
