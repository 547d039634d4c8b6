import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fresh } from './memory.ts';
import type { Measured } from './program.ts';

/** GCC 12's code for the functions of loops.c at -O2, by name. */
const code = new Map(
  readFileSync(fileURLToPath(new URL('loops.S', import.meta.url)), 'utf8')
    .split(/^# /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)] as const),
);

let copies = 0;
/** A copy of a function that starts at an address that is 0 or 2 modulo 4: the RTL's placement is not recorded, so the one of the two that fits is taken. */
function placed(name: string, modulo: 0 | 2): { readonly label: string; readonly text: string } {
  const label = `${name}_${copies++}`;
  const text = (code.get(name) ?? '').replaceAll(/\.L(\d+)/g, `.L${label}_$1`);
  return { label, text: `.balign 64\n${modulo === 2 ? 'c.nop\n' : ''}${label}:\n${text}` };
}

interface Loop {
  readonly program?: string;
  readonly latency?: 1 | 40 | 100;
  readonly what: string;
  readonly per: number;
  readonly code: string;
  readonly modulo?: 0 | 2;
  /** Buffers to arguments; what has to be filled is filled. */
  readonly setup: string;
  readonly passes?: number;
}

/** Random bytes: a0 the address, a1 how many, a multiple of 8. */
export const helpers = `
random_bytes:
  li t5, 88172645463325252
  add a1, a1, a0
1:
  slli t1, t5, 13
  xor t5, t5, t1
  srli t1, t5, 7
  xor t5, t5, t1
  slli t1, t5, 17
  xor t5, t5, t1
  sd t5, 0(a0)
  addi a0, a0, 8
  bltu a0, a1, 1b
  ret
# Words in a range: a0 the address, a1 how many words, a2 by how much the random word is shifted right.
random_words:
  slli a1, a1, 2
  mv t4, a1
  mv t3, ra
  mv t2, a0
  call random_bytes
  mv ra, t3
  add t4, t4, t2
1:
  lw t1, 0(t2)
  sraw t1, t1, a2
  sw t1, 0(t2)
  addi t2, t2, 4
  bltu t2, t4, 1b
  ret
`;
const bytes = (register: string, count: number): string =>
  `${fresh(register, count)}\nmv a0, ${register}\nli a1, ${count}\ncall random_bytes`;
const words = (register: string, count: number, shift: number): string =>
  `${fresh(register, 4 * count)}\nmv a0, ${register}\nli a1, ${count}\nli a2, ${shift}\ncall random_words`;
const zeros = (register: string, count: number): string => fresh(register, count);
/** Indices of 16 bits at s4 become ones of 13 bits. */
const window = 'mv t2, s4\nli t3, 4096\n1:\nlhu t1, 0(t2)\nsrli t1, t1, 3\nsh t1, 0(t2)\naddi t2, t2, 2\naddi t3, t3, -1\nbnez t3, 1b';
/** Registers s3 to s8 hold what becomes a0 to a5. */
const pass = (...values: readonly string[]): string =>
  values.map((value, i) => (/^-?\d/.test(value) ? `li a${i}, ${value}` : `mv a${i}, ${value}`)).join('\n');
const float = (register: string, bits: string): string => `li t1, ${bits}\nfmv.w.x ${register}, t1`;
const double = (register: string, bits: string): string => `li t1, ${bits}\nfmv.d.x ${register}, t1`;

const loops: readonly Loop[] = [
  {
    program: 'mem',
    what: 'copy1 4KB byte loop -O2 (cyc/B)',
    per: 4096,
    code: 'copy1',
    setup: `${bytes('s4', 4096)}\n${zeros('s3', 4096)}\n${pass('s3', 's4', '4096')}`,
  },
  {
    program: 'mem',
    what: 'copy8 4KB L1->L1 (cyc/8B)',
    per: 512,
    code: 'copy8',
    setup: `${bytes('s4', 4096)}\n${zeros('s3', 4096)}\n${pass('s3', 's4', '512')}`,
  },
  {
    program: 'mem',
    what: 'copy8 64KB L2->L2 (cyc/8B)',
    per: 8192,
    code: 'copy8',
    setup: `${bytes('s4', 65536)}\n${zeros('s3', 65536)}\n${pass('s3', 's4', '8192')}`,
  },
  {
    program: 'mem',
    what: 'copy8 64KB cold DRAM->DRAM (cyc/8B)',
    per: 8192,
    code: 'copy8',
    passes: 2,
    setup: `${fresh('s4', 65536, 2)}\n${fresh('s3', 65536, 2)}\n${pass('s3', 's4', '8192')}`,
  },
  { program: 'mem', what: 'write stream 8KB L1 (cyc/8B)', per: 1024, code: 'write8', setup: `${zeros('s3', 8192)}\n${pass('s3', '1024')}` },
  {
    program: 'mem',
    what: 'write stream 128KB L2 (cyc/8B)',
    per: 16384,
    code: 'write8',
    passes: 2,
    setup: `${zeros('s3', 131072)}\n${pass('s3', '16384')}`,
  },
  {
    program: 'mem',
    what: 'write stream 128KB cold DRAM (cyc/8B)',
    per: 16384,
    code: 'write8',
    passes: 2,
    setup: `${fresh('s3', 131072, 2)}\n${pass('s3', '16384')}`,
  },
  { program: 'mem2a', what: 'read stream 8KB L1 (cyc/8B)', per: 1024, code: 'read8', setup: `${zeros('s3', 8192)}\n${pass('s3', '1024')}` },
  {
    program: 'mem2a',
    what: 'read stream 128KB L2 (cyc/8B)',
    per: 16384,
    code: 'read8',
    passes: 2,
    setup: `${zeros('s3', 131072)}\n${pass('s3', '16384')}`,
  },
  {
    program: 'mem2a',
    what: 'read stream 128KB cold DRAM (cyc/8B)',
    per: 16384,
    code: 'read8',
    passes: 2,
    setup: `${fresh('s3', 131072, 2)}\n${pass('s3', '16384')}`,
  },
  ...([40, 100] as const).flatMap((latency): Loop[] => [
    {
      program: 'mem2b',
      latency,
      what: 'read stream 8KB L1 (cyc/8B)',
      per: 1024,
      code: 'read8',
      setup: `${zeros('s3', 8192)}\n${pass('s3', '1024')}`,
    },
    {
      program: 'mem2b',
      latency,
      what: 'read stream 128KB L2 (cyc/8B)',
      per: 16384,
      code: 'read8',
      passes: 2,
      setup: `${zeros('s3', 131072)}\n${pass('s3', '16384')}`,
    },
    {
      program: 'mem2b',
      latency,
      what: 'read stream 128KB cold DRAM (cyc/8B)',
      per: 16384,
      code: 'read8',
      passes: 2,
      setup: `${fresh('s3', 131072, 2)}\n${pass('s3', '16384')}`,
    },
    {
      program: 'mem2b',
      latency,
      what: 'write stream 128KB cold DRAM (cyc/8B)',
      per: 16384,
      code: 'write8',
      passes: 2,
      setup: `${fresh('s3', 131072, 2)}\n${pass('s3', '16384')}`,
    },
    {
      program: 'mem2b',
      latency,
      what: 'copy8 64KB cold DRAM->DRAM (cyc/8B)',
      per: 8192,
      code: 'copy8',
      passes: 2,
      setup: `${fresh('s4', 65536, 2)}\n${fresh('s3', 65536, 2)}\n${pass('s3', 's4', '8192')}`,
    },
  ]),
  {
    program: 'mem',
    what: 'lut 256B table random idx 4096 (cyc/elem)',
    per: 4096,
    code: 'lut8',
    setup: `${bytes('s4', 4096)}\n${bytes('s5', 256)}\n${zeros('s3', 4096)}\n${pass('s3', 's4', 's5', '4096')}`,
  },
  {
    program: 'mem',
    what: 'lut 64KB table random u16 idx 4096 (cyc/elem)',
    per: 4096,
    code: 'lut16',
    setup: `${bytes('s4', 8192)}\n${bytes('s5', 65536)}\n${zeros('s3', 4096)}\n${pass('s3', 's4', 's5', '4096')}`,
  },
  {
    program: 'mem',
    what: 'lut 8KB window of table u16 idx (cyc/elem)',
    per: 4096,
    code: 'lut16',
    modulo: 2,
    setup: `${bytes('s4', 8192)}\n${window}\n${bytes('s5', 65536)}\n${zeros('s3', 4096)}\n${pass('s3', 's4', 's5', '4096')}`,
  },
  {
    program: 'mem2a',
    what: 'lut8 1024',
    per: 1024,
    code: 'lut8',
    modulo: 2,
    setup: `${bytes('s4', 1024)}\n${bytes('s5', 256)}\n${zeros('s3', 1024)}\n${pass('s3', 's4', 's5', '1024')}`,
  },
  {
    program: 'kern',
    what: 'gelu_lut 1024',
    per: 1024,
    code: 'lut8',
    setup: `${bytes('s4', 1024)}\n${bytes('s5', 256)}\n${zeros('s3', 1024)}\n${pass('s3', 's4', 's5', '1024')}`,
  },
  {
    program: 'mem',
    what: 'requant float int32->int8 1024 (cyc/elem)',
    per: 1024,
    code: 'requant_f32',
    modulo: 2,
    setup: `${words('s4', 1024, 12)}\n${zeros('s3', 1024)}\n${float('fa0', '0x3a83126f')}\n${pass('s3', 's4', '1024')}`,
  },
  {
    program: 'mem',
    what: 'requant float 4096 (16KB src) (cyc/elem)',
    per: 4096,
    code: 'requant_f32',
    modulo: 2,
    setup: `${words('s4', 4096, 12)}\n${zeros('s3', 4096)}\n${float('fa0', '0x3a83126f')}\n${pass('s3', 's4', '4096')}`,
  },
  {
    program: 'mem2a',
    what: 'requant float (random +-123 range, no clamp) 1024',
    per: 1024,
    code: 'requant_f32',
    modulo: 2,
    setup: `${words('s4', 1024, 17)}\n${zeros('s3', 1024)}\n${float('fa0', '0x3b800000')}\n${pass('s3', 's4', '1024')}`,
  },
  {
    program: 'mem2a',
    what: 'requant float (no-data-dep: all zero) 1024',
    per: 1024,
    code: 'requant_f32',
    modulo: 2,
    setup: `${zeros('s4', 4096)}\n${zeros('s3', 1024)}\n${float('fa0', '0x3b800000')}\n${pass('s3', 's4', '1024')}`,
  },
  {
    program: 'mem',
    what: 'requant int64 mul+shift+clamp 1024 (cyc/elem)',
    per: 1024,
    code: 'requant_i64',
    setup: `${words('s4', 1024, 12)}\n${zeros('s3', 1024)}\n${pass('s3', 's4', '1073741824', '40', '1024')}`,
  },
  {
    program: 'mem',
    what: 'add8 sat 4096 (cyc/elem)',
    per: 4096,
    code: 'add8',
    modulo: 2,
    setup: `${zeros('s4', 4096)}\n${zeros('s5', 4096)}\n${zeros('s3', 4096)}\n${pass('s3', 's4', 's5', '4096')}`,
  },
  {
    program: 'mem2a',
    what: 'add8 zeros 1024',
    per: 1024,
    code: 'add8',
    setup: `${zeros('s4', 1024)}\n${zeros('s5', 1024)}\n${zeros('s3', 1024)}\n${pass('s3', 's4', 's5', '1024')}`,
  },
  { program: 'mem2a', what: 'sum32 1024', per: 1024, code: 'sum32', setup: `${zeros('s3', 4096)}\n${pass('s3', '1024')}` },
  { program: 'mem2a', what: 'max32 1024 random', per: 1024, code: 'max32', setup: `${words('s3', 1024, 0)}\n${pass('s3', '1024')}` },
  {
    program: 'mem2a',
    what: 'dot8 1024',
    per: 1024,
    code: 'dot8',
    modulo: 2,
    setup: `${zeros('s3', 1024)}\n${zeros('s4', 1024)}\n${pass('s3', 's4', '1024')}`,
  },
  { program: 'mem2a', what: 'sumf 1024', per: 1024, code: 'sumf', setup: `${zeros('s3', 4096)}\n${pass('s3', '1024')}` },
  {
    program: 'kern',
    what: 'dequant int8->float 1024',
    per: 1024,
    code: 'dequant',
    setup: `${bytes('s4', 1024)}\n${zeros('s3', 4096)}\n${float('fa0', '0x3b800000')}\n${pass('s3', 's4', '1024')}`,
  },
  {
    program: 'kern',
    what: 'requant32 double 1024',
    per: 1024,
    code: 'requant_f64',
    setup: `${words('s4', 1024, 12)}\n${zeros('s3', 1024)}\n${double('fa0', '0x3f50624dd2f1a9fc')}\n${pass('s3', 's4', '1024')}`,
  },
  {
    program: 'kern',
    what: 'resadd int 1024 (random)',
    per: 1024,
    code: 'resadd',
    setup: `${bytes('s4', 1024)}\n${bytes('s5', 1024)}\n${zeros('s3', 1024)}\n${pass('s3', 's4', 's5', '600000000', '550000000', '30', '1024')}`,
  },
  {
    program: 'kern',
    what: 'resadd int 4096 (random)',
    per: 4096,
    code: 'resadd',
    setup: `${bytes('s4', 4096)}\n${bytes('s5', 4096)}\n${zeros('s3', 4096)}\n${pass('s3', 's4', 's5', '600000000', '550000000', '30', '4096')}`,
  },
  {
    program: 'kern',
    what: 'transpose8 197x64',
    per: 12608,
    code: 'transpose8',
    modulo: 2,
    setup: `${bytes('s4', 12608)}\n${zeros('s3', 12608)}\n${pass('s3', 's4', '197', '64')}`,
  },
  {
    program: 'kern',
    what: 'im2col3 10x10x16',
    per: 9216,
    code: 'im2col3',
    setup: `${bytes('s4', 1600)}\n${zeros('s3', 9216)}\n${pass('s3', 's4', '10', '10', '16')}`,
  },
  {
    program: 'kern',
    what: 'matmul8 naive 16x16x64 (per MAC)',
    per: 16384,
    code: 'matmul8',
    setup: `${bytes('s4', 1024)}\n${bytes('s5', 1024)}\n${zeros('s3', 1024)}\n${pass('s3', 's4', 's5', '16', '16', '64')}`,
  },
  {
    program: 'kern',
    what: 'softmax_lut 197',
    per: 197,
    code: 'softmax_lut',
    modulo: 2,
    setup: `${bytes('s4', 200)}\n${words('s5', 256, 20)}\n${zeros('s3', 200)}\n${pass('s3', 's4', 's5', '197')}`,
  },
  {
    program: 'kern',
    what: 'softmax_div 197',
    per: 197,
    code: 'softmax_div',
    modulo: 2,
    setup: `${bytes('s4', 200)}\n${words('s5', 256, 20)}\n${zeros('s3', 200)}\n${pass('s3', 's4', 's5', '197')}`,
  },
  {
    program: 'kern',
    what: 'layernorm_int 192',
    per: 192,
    code: 'layernorm_int',
    modulo: 2,
    setup: `${bytes('s4', 192)}\n${bytes('s5', 192)}\n${words('s6', 192, 20)}\n${zeros('s3', 192)}\n${pass('s3', 's4', 's5', 's6', '192')}`,
  },
  {
    program: 'kern',
    what: 'layernorm_int 768',
    per: 768,
    code: 'layernorm_int',
    modulo: 2,
    setup: `${bytes('s4', 768)}\n${bytes('s5', 768)}\n${words('s6', 768, 20)}\n${zeros('s3', 768)}\n${pass('s3', 's4', 's5', 's6', '768')}`,
  },
  {
    program: 'kern',
    what: 'layernorm_float 192',
    per: 192,
    code: 'layernorm_float',
    modulo: 2,
    setup: `${bytes('s4', 192)}\n${words('s5', 192, 4)}\n${words('s6', 192, 4)}\n${zeros('s3', 192)}\n${float('fa0', '0x3f800000')}\n${float('fa1', '0x3727c5ac')}\n${pass('s3', 's4', 's5', 's6', '192')}`,
  },
  {
    program: 'kern',
    what: 'avgpool 49x64 (per elem)',
    per: 3136,
    code: 'avgpool',
    modulo: 2,
    setup: `${bytes('s4', 3136)}\n${zeros('s3', 256)}\n${pass('s3', 's4', '49', '64')}`,
  },
];

export const compiled: readonly Measured[] = loops.map(
  ({ program = 'mem', latency = 1, what, per, code: name, modulo = 0, setup, passes = 3 }) => {
    const { label, text } = placed(name, modulo);
    return { program, latency, what, per, passes, setup, body: `call ${label}`, data: text };
  },
);
