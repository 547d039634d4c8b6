import type { Measured } from '../../timing/program.ts';
import { command, configureExecute, configureLoad, configureStore, nowhere, registers, repeat, sums, word } from '../timing.ts';
import { memoryFrom, row } from './row.ts';

const fresh = memoryFrom(0x8600_0000);

/** Operands: A in bank 0, B in bank 2 where nothing else is said. */
interface Tiles {
  readonly count: number;
  readonly rows?: number;
  /** A new weight for each tile. */
  readonly reload?: boolean;
  readonly bankB?: number;
  readonly c?: number;
  readonly stepC?: number;
  readonly configuration?: string;
}
export const execute: Measured[] = [];
const tiles = (
  program: string,
  what: string,
  { count, rows = 16, reload = true, bankB = 2, c = sums(0), stepC = 0, configuration = configureExecute() }: Tiles,
): void => {
  const b = bankB * 4096 + 2048;
  const setup = `${configuration}\n${registers({ a0: word(0, rows), a1: word(nowhere), a2: word(b), a3: word(c, rows), a4: word(nowhere) })}`;
  const steps = stepC === 0 ? '' : `\naddi a3, a3, ${stepC}`;
  const first = `${command(6, 'a2', 'a3')}\n${command(4, 'a0', 'a1')}${steps}`;
  const next = reload ? first : `${command(6, 'a4', 'a3')}\n${command(5, 'a0', 'a1')}${steps}`;
  execute.push(row(program, what, setup, count === 1 ? first : `${first}\n${repeat(count - 1, next)}`));
};
tiles('gex', 'ws single tile preload+compute', { count: 1 });
tiles('gex', 'ws single tile (acc accumulate)', { count: 1, c: sums(0, true) });
tiles('gex', 'ws reload each, 32 tiles (A bank0,B bank2)', { count: 32, stepC: 16 });
tiles('gex', 'ws reload each, 32 tiles overwrite same C', { count: 32 });
tiles('gex', 'ws reload each, 32 tiles A,B same bank', { count: 32, bankB: 0, stepC: 16 });
tiles('gex', 'ws weight reuse, 32 tiles', { count: 32, reload: false, stepC: 16 });
tiles('gex', 'ws weight reuse, 64 tiles', { count: 64, reload: false });
for (const rows of [1, 4, 8, 12]) tiles('gex', `ws reload each, 32 tiles A rows=${rows}`, { count: 32, rows });
tiles('gex', 'ws output to scratchpad, reload each 32 (A b0,B b2,C b3)', { count: 32, c: 3 * 4096 });
tiles('gex', 'ws A_transpose reload each 32', { count: 32, configuration: configureExecute({ a: true }) });
tiles('gex', 'ws B_transpose reload each 32', { count: 32, configuration: configureExecute({ b: true }) });
for (const rows of [1, 2, 4, 8, 16]) {
  tiles('gex2', `ws single tile rows=${rows} reload+fence`, { count: 1, rows });
  tiles('gex2', `ws unrolled x16 reload rows=${rows}`, { count: 16, rows });
  tiles('gex2', `ws unrolled x16 reuse rows=${rows}`, { count: 16, rows, reload: false });
  tiles('gex2', `ws unrolled x32 reuse rows=${rows}`, { count: 32, rows, reload: false });
}

/** Outputs stay: `k` multiplications for each output. */
const outputStationary = (what: string, count: number, k: number, bankB = 2): void => {
  const values = { a0: word(0), a1: word(bankB * 4096 + 2048), a2: word(nowhere), a3: word(sums(0)), a4: word(nowhere) };
  const step = (i: number): string => `${command(6, 'a2', i % k === k - 1 ? 'a3' : 'a4')}\n${command(i % k === 0 ? 4 : 5, 'a0', 'a1')}`;
  const body = Array.from({ length: count }, (_, i) => step(i)).join('\n');
  execute.push(row('gex', what, `${configureExecute({ weightStationary: false })}\n${registers(values)}`, body));
};
outputStationary('os single tile K=1 -> acc', 1, 1);
outputStationary('os K=1, 32 tiles each output -> acc', 32, 1);
outputStationary('os K=16, 32 tiles', 32, 16);
outputStationary('os K=64, 64 tiles', 64, 64);
outputStationary('os K=16, 32 tiles A,B same bank', 32, 16, 0);

const data = fresh(0x10000);
const mixed = (
  program: string,
  what: string,
  { setup, body }: { readonly setup: { readonly [register: string]: bigint | number }; readonly body: string },
): void => {
  execute.push(row(program, what, `${configureExecute()}\n${configureLoad(16)}\n${configureStore(16)}\n${registers(setup)}`, body));
};
const [a, b, out] = [word(0), word(2 * 4096), word(sums(0))];
const tile = `${command(6, 'a2', 'a3')}\n${command(4, 'a1', 'a4')}`;
mixed('gex', 'mvin A(hot)+preload+compute (RAW dep)', {
  setup: { a0: data, a1: a, a2: b, a3: out, a4: word(nowhere) },
  body: `${command(2, 'a0', 'a1')}\n${tile}`,
});
mixed('gex', 'mvin A,B(hot)+preload+compute+mvout (full chain)', {
  setup: { a0: data, a1: a, a2: b, a3: out, a4: word(nowhere), a5: data + 256, a6: data + 0x8000 },
  body: `${command(2, 'a0', 'a1')}\n${command(2, 'a5', 'a2')}\n${tile}\n${command(3, 'a6', 'a3')}`,
});
mixed('gex2', '16x(mvin16x16 spad bank0 + preload/compute banks1,2) interleaved hot', {
  setup: { a0: data, a1: word(4096), a2: b, a3: out, a4: word(nowhere), a5: word(0) },
  body: repeat(16, `${command(2, 'a0', 'a5')}\naddi a0, a0, 256\naddi a5, a5, 16\n${tile}`),
});
mixed('gex2', '16x(mvin16x16 spad bank0 + preload/compute A bank0) interleaved hot', {
  setup: { a0: data, a1: word(2048), a2: b, a3: out, a4: word(nowhere), a5: word(0) },
  body: repeat(16, `${command(2, 'a0', 'a5')}\naddi a0, a0, 256\naddi a5, a5, 16\n${tile}`),
});
mixed('gex2', '16x(preload/compute + mvout of that tile) hot', {
  setup: { a1: a, a2: b, a3: out, a4: word(nowhere), a6: data + 0x8000 },
  body: repeat(16, `${tile}\n${command(3, 'a6', 'a3')}\naddi a6, a6, 256\naddi a3, a3, 16`),
});
mixed('gex2', '16x(mvin16x16 spad + mvout16x16 acc->int8) interleaved hot', {
  setup: { a0: data, a1: a, a3: out, a6: data + 0x8000 },
  body: repeat(16, `${command(2, 'a0', 'a1')}\n${command(3, 'a6', 'a3')}\naddi a0, a0, 256\naddi a6, a6, 256\naddi a1, a1, 16`),
});
execute.push(
  row(
    'gex',
    'ws reload each + config_ex per tile, 16',
    registers({ a1: a, a2: b, a3: out, a4: word(nowhere), a5: (0x3f80_0000n << 32n) | (1n << 16n) | 4n, a6: 1n << 48n }),
    repeat(16, `${command(0, 'a5', 'a6')}\n${tile}`),
  ),
);
