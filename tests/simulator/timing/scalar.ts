import type { Measured } from './program.ts';

const of =
  (program: string) =>
  (what: string, per: number, body: string, setup = '', more: Partial<Measured> = {}): Measured => ({
    program,
    latency: 1,
    what,
    per,
    setup,
    body,
    ...more,
  });
export const repeat = (count: number, ...lines: readonly string[]): string => [`.rept ${count}`, ...lines, '.endr'].join('\n');
/** A loop of so many turns, whose counter is t0. */
export const loop = (count: number, ...lines: readonly string[]): string =>
  [`li t0, ${count}`, '.balign 8', '1:', ...lines, 'addi t0, t0, -1', 'bnez t0, 1b'].join('\n');

const [scalar2, scalar3, scalar4, table, align] = [of('scalar2'), of('scalar3'), of('scalar4'), of('table'), of('align')];
const buffer = 'li a1, 0x80e00000\nsd zero, 0(a1)\nsd zero, 64(a1)\nsd zero, 128(a1)';

const factors: readonly (readonly [name: string, rs1: string, rs2: string])[] = [
  ['rs1=3 rs2=5', '3', '5'],
  ['rs1=100 rs2=100', '100', '100'],
  ['rs1=30000 rs2=100', '30000', '100'],
  ['rs1=100 rs2=30000', '100', '30000'],
  ['rs1=2^31-1 rs2=3', '0x7fffffff', '3'],
  ['rs1=3 rs2=2^31-1', '3', '0x7fffffff'],
  ['rs1=2^62 rs2=3', '1 << 62', '3'],
  ['rs1=3 rs2=2^62', '3', '1 << 62'],
  ['rs1=-5 rs2=7', '-5', '7'],
  ['rs1=7 rs2=-5', '7', '-5'],
  ['rs1=-1 rs2=-1', '-1', '-1'],
  ['rs1=0 rs2=0', '0', '0'],
];
const products = factors.flatMap(([name, rs1, rs2]) => {
  const setup = `li a1, ${rs1}\nli a2, ${rs2}`;
  return [
    scalar2(`mul+dep_add ${name}`, 32, repeat(32, 'mul t1, a1, a2', 'add t2, t1, a1'), setup),
    scalar2(`mul back-to-back ${name}`, 64, repeat(32, 'mul t1, a1, a2', 'mul t2, a1, a2'), setup),
    scalar2(`mulw+dep_add ${name}`, 32, repeat(32, 'mulw t1, a1, a2', 'add t2, t1, a1'), setup),
  ];
});

const quotient = (what: string, instruction: string, a: string, b: string, of = table): Measured =>
  of(what, 32, repeat(32, `${instruction} t1, a1, a2`), `li a1, ${a}\nli a2, ${b}`);
/** Measured on another generated RTL: CustomGemminiSoCConfig of September 2023. */
const divide = of('divide');
const oddQuotients = [
  ['div 1/2', 'div', '1', '2'],
  ['div 0/7', 'div', '0', '7'],
  ['div 0/1', 'div', '0', '1'],
  ['div 3/2^40', 'div', '3', '1 << 40'],
  ['div 3/2^62', 'div', '3', '1 << 62'],
  ['div 2^62/1', 'div', '1 << 62', '1'],
  ['div -1/2', 'div', '-1', '2'],
  ['div -7/-3', 'div', '-7', '-3'],
  ['divu -1/1', 'divu', '-1', '1'],
  ['divw 1/2', 'divw', '1', '2'],
  ['divw 3/1000', 'divw', '3', '1000'],
  ['divw by 0', 'divw', '12345', '0'],
  ['divuw 2^31/3', 'divuw', '-(1 << 31)', '3'],
  ['rem 7/-3', 'rem', '7', '-3'],
  ['rem -7/3', 'rem', '-7', '3'],
  ['remu 3/100', 'remu', '3', '100'],
] as const;
const quotients = [
  ...oddQuotients.map(([what, instruction, a, b]) => quotient(what, instruction, a, b, divide)),
  quotient('div 7/3', 'div', '7', '3'),
  quotient('div 2^20/3', 'div', '1 << 20', '3'),
  quotient('div 2^40/3', 'div', '1 << 40', '3'),
  quotient('div 2^62/3', 'div', '1 << 62', '3'),
  quotient('div 2^62/2^40', 'div', '1 << 62', '1 << 40'),
  quotient('div by 0', 'div', '12345', '0'),
  quotient('divw 1e6/7', 'divw', '1000000', '7'),
  quotient('divw 2^30/3', 'divw', '1 << 30', '3'),
  quotient('divw -2^30/3', 'divw', '-(1 << 30)', '3'),
  scalar4('div(2^40/3); 20 indep add', 32, repeat(32, 'div t1, a1, a2', repeat(20, 'add t2, a1, a2')), 'li a1, 1 << 40\nli a2, 3'),
  scalar4('mul(3*5); 3 indep add', 32, repeat(32, 'mul t1, a1, a2', repeat(3, 'add t2, a1, a2')), 'li a1, 3\nli a2, 5'),
];

const loadUse = ['ld', 'lw', 'lwu', 'lh', 'lhu', 'lb', 'lbu'].map((load) =>
  scalar4(
    `load-use ${load}+add, alternate regs, per pair`,
    64,
    repeat(32, `${load} t1, 0(a1)`, 'add t2, t1, t1', `${load} t3, 64(a1)`, 'add t4, t3, t3'),
    buffer,
  ),
);
const memory: readonly Measured[] = [
  table('ld pointer chase', 64, repeat(64, 'ld a1, 0(a1)'), `${buffer}\nsd a1, 0(a1)`),
  table('ld t1;ld t1 (WAW)', 64, repeat(64, 'ld t1, 0(a1)'), buffer),
  scalar4('ld->ld address dep (x0 add) per ld', 32, repeat(32, 'ld a1, 0(a1)'), `${buffer}\nsd a1, 0(a1)`),
  scalar2('ld x4 distinct regs (per ld)', 128, repeat(32, 'ld t1, 0(a1)', 'ld t2, 8(a1)', 'ld t3, 16(a1)', 'ld t4, 24(a1)'), buffer),
  scalar2('lb x4 distinct regs (per lb)', 128, repeat(32, 'lb t1, 0(a1)', 'lb t2, 8(a1)', 'lb t3, 16(a1)', 'lb t4, 24(a1)'), buffer),
  scalar2(
    'ld x4, use later (4 ld + 4 add)',
    128,
    repeat(32, ...[1, 2, 3, 4].map((i) => `ld t${i}, ${8 * i}(a1)`), ...[1, 2, 3, 4].map((i) => `add a${i + 2}, t${i}, t${i}`)),
    buffer,
  ),
  scalar2('lbu,nop,nop,add(distinct iter)', 64, repeat(64, 'lbu t1, 0(a1)', 'nop', 'nop', 'add t2, t1, t1'), buffer),
  scalar2('lbu,nop,add(distinct iter)', 64, repeat(64, 'lbu t1, 0(a1)', 'nop', 'add t2, t1, t1'), buffer),
  scalar2('lbu,add(distinct iter)', 64, repeat(64, 'lbu t1, 0(a1)', 'add t2, t1, t1'), buffer),
  scalar2('sw,lw other word same line', 128, repeat(128, 'sw zero, 0(a1)', 'lw t1, 32(a1)'), buffer),
  scalar2('sb,lbu next byte same dword', 128, repeat(64, 'sb zero, 0(a1)', 'lbu t1, 1(a1)', 'sb zero, 2(a1)', 'lbu t2, 3(a1)'), buffer),
  scalar2(
    '8x(ld;sd) copy unrolled (per 8B)',
    64,
    repeat(8, ...[0, 8, 16, 24, 32, 40, 48, 56].flatMap((i) => [`ld t1, ${i}(a1)`, `sd t1, ${i + 64}(a1)`])),
    buffer,
  ),
  scalar2(
    '4xld then 4xsd (per 8B)',
    64,
    repeat(16, ...[0, 1, 2, 3].map((i) => `ld t${i}, ${8 * i}(a1)`), ...[0, 1, 2, 3].map((i) => `sd t${i}, ${64 + 8 * i}(a1)`)),
    buffer,
  ),
  scalar4('lw->sw same reg other line, per pair', 64, repeat(64, 'lw t1, 0(a1)', 'sw t1, 64(a1)'), buffer),
  scalar4('lb->sb other line, per pair', 64, repeat(64, 'lb t1, 0(a1)', 'sb t1, 64(a1)'), buffer),
  table('sd;ld same addr', 32, repeat(32, 'sd zero, 0(a1)', 'ld t1, 0(a1)'), buffer),
  table('sd;ld other word', 32, repeat(32, 'sd zero, 0(a1)', 'ld t1, 64(a1)'), buffer),
  scalar4('sd;nop;ld same addr', 32, repeat(32, 'sd zero, 0(a1)', 'nop', 'ld t1, 0(a1)'), buffer),
  scalar4('sd;4nop;ld same addr', 32, repeat(32, 'sd zero, 0(a1)', repeat(4, 'nop'), 'ld t1, 0(a1)'), buffer),
  scalar4('sw;lw same word', 32, repeat(32, 'sw zero, 0(a1)', 'lw t1, 0(a1)'), buffer),
  scalar4('sw;lw other word same dword', 32, repeat(32, 'sw zero, 0(a1)', 'lw t1, 4(a1)'), buffer),
  scalar4('sb;lbu same byte', 32, repeat(32, 'sb zero, 0(a1)', 'lbu t1, 0(a1)'), buffer),
  scalar4(
    'ld+beqz(nt) load->branch',
    32,
    repeat(32, 'ld t1, 0(a1)', '.option push', '.option norvc', 'bnez t1, 9f', '.option pop'),
    buffer,
    { data: '9:' },
  ),
  scalar4('slt+branch nt', 32, repeat(32, 'slt t1, a1, zero', '.option push', '.option norvc', 'beqz t1, 9f', '.option pop'), 'li a1, -1', {
    data: '9:',
  }),
  scalar4(
    'sh1add-like slli+add+lw+add(4 instr table idx)',
    32,
    repeat(32, 'slli t1, t5, 2', 'add t1, t1, a1', 'lw t2, 0(t1)', 'add t3, t2, t2'),
    `${buffer}\nli t5, 1`,
  ),
  table('amoadd.d L1 hit', 32, repeat(32, 'amoadd.d t1, t2, (a1)'), buffer),
  table('lr+sc pair', 32, repeat(32, 'lr.d t1, (a1)', 'sc.d t2, t3, (a1)'), buffer),
];

const ones = `${buffer}\nli t1, 1\nfcvt.s.w f1, t1\nfmv.s f2, f1\nfcvt.d.w f11, t1\nfmv.d f12, f11`;
const float = (program: typeof scalar2, what: string, per: number, count: number, ...lines: readonly string[]) =>
  program(what, per, repeat(count, ...lines), ones);
const floats: readonly Measured[] = [
  float(scalar2, 'flw,fmul.s(use)', 64, 64, 'flw f3, 0(a1)', 'fmul.s f4, f3, f2'),
  float(scalar2, 'fmul.d x8 indep distinct dest', 128, 32, ...[3, 4, 5, 6].map((i) => `fmul.d f${i}, f11, f12`)),
  float(scalar2, 'fcvt.s.w distinct dest', 64, 16, ...[3, 4, 5, 6].map((i) => `fcvt.s.w f${i}, t1`)),
  float(scalar2, 'fcvt.w.s distinct dest', 64, 16, ...[3, 4, 5, 6].map((i) => `fcvt.w.s t${i}, f1`)),
  float(scalar2, 'fcvt.w.s+dep add', 64, 64, 'fcvt.w.s t1, f1', 'add t2, t1, t1'),
  float(scalar2, 'fcvt.s.w+dep fmul.s', 64, 64, 'fcvt.s.w f3, t1', 'fmul.s f4, f3, f2'),
  float(scalar2, 'fmul.s+dep fcvt.w.s', 64, 64, 'fmul.s f3, f1, f2', 'fcvt.w.s t1, f3'),
  float(scalar2, 'fmul.d+dep fcvt.w.d', 64, 64, 'fmul.d f3, f11, f12', 'fcvt.w.d t1, f3'),
  float(scalar2, 'fadd.s+3nop dep', 32, 32, 'fadd.s f1, f1, f2', 'nop', 'nop', 'nop'),
  float(scalar2, 'min/max.s fmax.s dep', 32, 32, 'fmax.s f1, f1, f2'),
  float(scalar2, 'feq.s+dep add', 64, 64, 'feq.s t1, f1, f2', 'add t2, t1, t1'),
  float(table, 'flt.s+dep add', 64, 64, 'flt.s t1, f1, f2', 'add t2, t1, t1'),
  float(table, 'fadd.s dep', 32, 32, 'fadd.s f1, f1, f2'),
  float(table, 'fadd.d dep', 32, 32, 'fadd.d f11, f11, f12'),
  float(scalar4, 'fadd.s;fsw dep (pair)', 32, 32, 'fadd.s f3, f1, f2', 'fsw f3, 0(a1)'),
  float(table, 'fadd.d;fsd dep (pair)', 32, 32, 'fadd.d f3, f11, f12', 'fsd f3, 0(a1)'),
  float(scalar4, 'fmul.s;fmv.x.w dep (pair)', 32, 32, 'fmul.s f3, f1, f2', 'fmv.x.w t1, f3'),
  float(
    scalar4,
    'fmul.s;fmul.s dep alternating WAW-free x2',
    32,
    32,
    'fmul.s f3, f1, f2',
    'fmul.s f4, f3, f2',
    'fmul.s f5, f1, f2',
    'fmul.s f6, f5, f2',
  ),
  float(
    scalar4,
    'fmul.d;fmul.d dep alternating x2',
    32,
    32,
    'fmul.d f3, f11, f12',
    'fmul.d f4, f3, f12',
    'fmul.d f5, f11, f12',
    'fmul.d f6, f5, f12',
  ),
  float(scalar4, 'fmul.s x4 distinct dest', 32, 32, ...[3, 4, 5, 6].map((i) => `fmul.s f${i}, f1, f2`)),
  float(scalar4, 'fmul.d x4 distinct dest', 32, 32, ...[3, 4, 5, 6].map((i) => `fmul.d f${i}, f11, f12`)),
  float(scalar4, 'fmul.d x6 distinct dest', 32, 32, ...[3, 4, 5, 6, 7, 8].map((i) => `fmul.d f${i}, f11, f12`)),
  float(scalar4, 'fcvt.s.w;fmul.s dep x1', 32, 32, 'fcvt.s.w f3, t1', 'fmul.s f4, f3, f2'),
  float(scalar4, 'fcvt.s.w;3nop;fmul.s', 32, 32, 'fcvt.s.w f3, t1', 'nop', 'nop', 'nop', 'fmul.s f4, f3, f2'),
  float(scalar4, 'fmul.s;fcvt.w.s dep x1', 32, 32, 'fmul.s f3, f1, f2', 'fcvt.w.s t1, f3'),
  float(scalar4, 'fmul.s;fcvt.w.s;add dep x1', 32, 32, 'fmul.s f3, f1, f2', 'fcvt.w.s t1, f3', 'add t2, t1, t1'),
  float(scalar4, 'flw;fmul.s dep x1 alternate', 32, 32, 'flw f3, 0(a1)', 'fmul.s f4, f3, f2', 'flw f5, 4(a1)', 'fmul.s f6, f5, f2'),
  float(scalar4, 'flw;flw;flw;flw distinct', 32, 32, ...[3, 4, 5, 6].map((i) => `flw f${i}, ${4 * i}(a1)`)),
  float(scalar4, 'fsw x4', 32, 32, ...[3, 4, 5, 6].map((i) => `fsw f${i}, ${4 * i}(a1)`)),
  float(scalar4, 'fdiv.s; 10 indep add', 32, 32, 'fdiv.s f3, f1, f2', repeat(10, 'add t2, t1, t1')),
  float(scalar4, 'fmadd.s dep accumulate(4 accumulators)', 32, 32, ...[3, 4, 5, 6].map((i) => `fmadd.s f${i}, f1, f2, f${i}`)),
  float(table, 'fdiv.s', 32, 32, 'fdiv.s f1, f1, f2'),
  float(table, 'fdiv.d', 32, 32, 'fdiv.d f11, f11, f12'),
  float(table, 'fsqrt.s', 32, 32, 'fsqrt.s f1, f1'),
  float(table, 'fsqrt.d', 32, 32, 'fsqrt.d f11, f11'),
  float(table, 'fmv.d.x+fmv.x.d loop', 32, 32, 'fmv.d.x f3, t1', 'fmv.x.d t1, f3'),
  float(table, 'fcvt.s.w,fmul.s,fcvt.w.s dep chain', 32, 32, 'fcvt.s.w f3, t1', 'fmul.s f4, f3, f2', 'fcvt.w.s t1, f4'),
  float(table, 'fcvt.s.w,fmul.s,fcvt.w.s independent', 32, 32, 'fcvt.s.w f3, t1', 'fmul.s f4, f3, f2', 'fcvt.w.s t2, f4'),
  float(
    table,
    'fcvt.s.w,fmul.s,fcvt.w.s 4 interleaved (per element)',
    64,
    16,
    ...[3, 4, 5, 6].map((i) => `fcvt.s.w f${i}, t1`),
    ...[3, 4, 5, 6].map((i) => `fmul.s f${i + 10}, f${i}, f2`),
    ...[3, 4, 5, 6].map((i) => `fcvt.w.s a${i}, f${i + 10}`),
  ),
  float(table, 'fcvt.d.w,fmul.d,fcvt.w.d dep chain', 32, 32, 'fcvt.d.w f3, t1', 'fmul.d f4, f3, f12', 'fcvt.w.d t1, f4'),
  float(table, 'fcvt.d.w,fmul.d,fcvt.w.d independent', 32, 32, 'fcvt.d.w f3, t1', 'fmul.d f4, f3, f12', 'fcvt.w.d t2, f4'),
];

const norvc = (...lines: readonly string[]): string[] => ['.option push', '.option norvc', ...lines, '.option pop'];
/** A loop whose first instruction lies at the address modulo 4; the counting and the branch are compressed unless it says otherwise. */
const placed = (
  what: string,
  modulo: 0 | 2,
  lines: readonly string[],
  end: readonly string[] = ['addi t0, t0, -1', 'bnez t0, 1b'],
): Measured => align(what, 1000, ['li t0, 1000', '.balign 8', ...(modulo === 2 ? ['c.nop'] : []), '1:', ...lines, ...end].join('\n'));
const four = norvc('addi t1, t1, 1', 'addi t2, t2, 1', 'addi t3, t3, 1', 'addi t4, t4, 1');
const alignments: readonly Measured[] = [
  placed(
    'loop target 4-aligned, 4 x 32-bit + addi(16b) + bnez(16b)',
    0,
    four,
    ['c.addi s3, -1', 'c.bnez s3, 1b'].map((line) => line.replaceAll('s3', 'a5')),
  ),
  placed('loop target at 2 mod 4, first instr 32-bit, 4 x 32-bit', 2, four, ['c.addi a5, -1', 'c.bnez a5, 1b']),
  placed(
    'loop target at 2 mod 4, first instr 16-bit then 4 x 32-bit (5 instr)',
    2,
    ['c.addi t5, 1', ...four],
    ['c.addi a5, -1', 'c.bnez a5, 1b'],
  ),
  placed(
    'loop target 4-aligned, 16-bit first then 4 x 32-bit (misaligned straight line, 5 instr)',
    0,
    ['c.addi t5, 1', ...four],
    ['c.addi a5, -1', 'c.bnez a5, 1b'],
  ),
  placed('loop 6 x 16-bit, 4-aligned', 0, [repeat(6, 'c.addi t5, 1')], ['c.addi a5, -1', 'c.bnez a5, 1b']),
  placed('loop 6 x 16-bit, target 2 mod 4', 2, [repeat(6, 'c.addi t5, 1')], ['c.addi a5, -1', 'c.bnez a5, 1b']),
  placed('loop 4 x 32-bit, branch 32-bit (norvc) aligned', 0, four, norvc('addi a5, a5, -1', 'bnez a5, 1b')),
  placed('loop 4 x 32-bit + c.nop so that the 32-bit branch straddles', 0, [...four, 'c.nop'], norvc('addi a5, a5, -1', 'bnez a5, 1b')),
  placed(
    'loop 3 x 32-bit target 2mod4 (like gcc byte copy)',
    2,
    four.filter((line) => !line.includes('t4')),
    [...norvc('addi a4, a4, 1'), 'c.addi a5, -1', 'c.bnez a5, 1b'],
  ),
  placed('inner taken branch to aligned 32-bit target', 0, norvc('beqz zero, 2f', 'nop', '2: addi t1, t1, 1'), [
    'c.addi a5, -1',
    'c.bnez a5, 1b',
  ]),
  placed(
    'inner taken branch to 2mod4 32-bit target',
    0,
    [...norvc('beqz zero, 2f'), 'c.nop', ...norvc('2: addi t1, t1, 1')],
    ['c.addi a5, -1', 'c.bnez a5, 1b'],
  ),
].map((row) => ({ ...row, body: row.body.replace('li t0, 1000', 'li a5, 1000') }));

const jumpy = (what: string, ...lines: readonly string[]): Measured => scalar2(what, 1000, loop(1000, ...lines));
/** A loop over 2048 bytes: the branch follows bit 0 of each. Six instructions where it is not taken; where it is, its target straddles. */
const pattern = (what: string, bit: string): Measured =>
  scalar2(
    what,
    2048,
    [
      'li a1, 0x80e01000\nli t0, 2048\n.balign 8\n1:',
      ...norvc('lbu t1, 0(a1)', 'addi a1, a1, 1', 'addi t0, t0, -1', 'beqz t1, 2f'),
      'c.nop',
      ...norvc('2: bnez t0, 1b'),
    ].join('\n'),
    `li a1, 0x80e01000\nli t0, 0\nli t4, 2048\nli t5, 88172645463325252\n3:\n${bit}\nadd t2, a1, t0\nsb t1, 0(t2)\naddi t0, t0, 1\nbne t0, t4, 3b`,
  );
const random = 'slli t1, t5, 13\nxor t5, t5, t1\nsrli t1, t5, 7\nxor t5, t5, t1\nslli t1, t5, 17\nxor t5, t5, t1';
const branches: readonly Measured[] = [
  table('add, dependent', 64, repeat(64, 'add t1, t1, t2')),
  table('loop add+addi+bnez', 1000, loop(1000, 'add t1, t1, t2')),
  jumpy('loop addi+bnez (per iter)'),
  jumpy('loop 2nop+addi+bnez', 'nop', 'nop'),
  jumpy('loop with inner taken branch skip1', ...norvc('beqz zero, 2f'), 'c.nop', '2:'),
  jumpy('loop with inner j skip1', 'j 2f', 'c.nop', '2:'),
  jumpy('loop with inner not-taken', ...norvc('bnez zero, 2f'), 'c.nop', '2:'),
  jumpy('loop with 4 inner taken skip1', ...[2, 3, 4, 5].flatMap((i) => [...norvc(`beqz zero, ${i}f`), 'c.nop', `${i}:`])),
  pattern('brpat all0 (taken beqz)', 'li t1, 0'),
  pattern('brpat all1 (not taken)', 'li t1, 1'),
  pattern('brpat alternating', 'andi t1, t0, 1'),
  pattern('brpat 0001', 'andi t1, t0, 3\naddi t1, t1, -3\nseqz t1, t1'),
  pattern('brpat period8', 'andi t1, t0, 7\naddi t1, t1, -7\nseqz t1, t1'),
  pattern('brpat period16', 'andi t1, t0, 15\naddi t1, t1, -15\nseqz t1, t1'),
  pattern('brpat random50', `${random}\nandi t1, t5, 1`),
  pattern('brpat random12.5%', `${random}\nandi t1, t5, 7\nseqz t1, t1`),
  scalar2(
    'call+ret loop (per call)',
    500,
    ['li t0, 500', '.balign 8', '1:', 'jal ra, 8f', ...norvc('addi t0, t0, -1', 'bnez t0, 1b')].join('\n'),
    '',
    {
      data: '.balign 8\n8:\naddi t1, t1, 1\nret',
    },
  ),
  scalar2(
    'indirect call+ret loop',
    500,
    ['li t0, 500', '.balign 8', '1:', ...norvc('jalr ra, t2', 'addi t0, t0, -1', 'bnez t0, 1b')].join('\n'),
    'la t2, 8f',
    {
      data: '.balign 8\n8:\naddi t1, t1, 1\nret',
    },
  ),
  table('128 distinct jumps', 128 * 4, `li t0, 4\n.balign 8\n1:\n${repeat(128, ...norvc('j .+4'))}\naddi t0, t0, -1\nbnez t0, 1b`),
  table(
    '128 distinct taken branches',
    128 * 4,
    `li t0, 4\n.balign 8\n1:\n${repeat(128, ...norvc('beqz zero, .+6'), 'c.nop')}\naddi t0, t0, -1\nbnez t0, 1b`,
  ),
  table(
    '128 distinct jal+ret pairs',
    128 * 4,
    `li t0, 4\n.balign 8\n1:\n${repeat(128, ...norvc('jal ra, 8f'))}\naddi t0, t0, -1\nbnez t0, 1b`,
    '',
    {
      data: '.balign 8\n8:\nret',
    },
  ),
];

const system: readonly Measured[] = [
  table('rdcycle in a row', 16, repeat(16, 'rdcycle t1')),
  table('csrr in a row', 16, repeat(16, 'csrr t1, mscratch')),
  table('rdinstret in a row', 16, repeat(16, 'rdinstret t1')),
  scalar2('csrw fflags', 32, repeat(32, 'csrw fflags, zero')),
  table('fence idle', 16, repeat(16, 'fence')),
  table('fence.i, code in one line', 1, 'fence.i', '', { passes: 3 }),
  scalar3('ecall trap to handler', 1, 'ecall\n.balign 4\n8:', 'la t1, 8f\ncsrw mtvec, t1'),
  scalar3('MMIO read CLINT mtime', 8, repeat(8, 'ld t1, 0(a1)'), 'li a1, 0x200bff8'),
];

export const scalar: readonly Measured[] = [
  ...products,
  ...quotients,
  ...loadUse,
  ...memory,
  ...floats,
  ...alignments,
  ...branches,
  ...system,
];
