import type { Load, Multiplication, Store } from './arithmetic.ts';
import { type GivenLoop, startOf } from './fast-loops.ts';
import { noOperand, nowhere, type Operand, setOperand, type Writable } from './operands.ts';
import { longAgo } from './reservations.ts';

/** A record that is used for one command after the other, with operands of its own. */
type Reused<T> = { -readonly [field in keyof T]: T[field] extends Operand ? Writable<Operand> : T[field] };
/** A command that moves bytes from or to the main memory. */
interface Transfer {
  /** The cycle in which all of them are read, or there; long ago, where there are none. */
  time: number;
  /** What has been read, or is going to be written, row by row. */
  bytes: Uint8Array | undefined;
}
export type OutstandingLoad = Reused<Load> & Transfer & { readonly kind: 'load' };
/** `written` says that its bytes are there, though it is not its turn yet to read them out. */
export type OutstandingStore = Reused<Store> & Transfer & { readonly kind: 'store'; written: boolean };
/** `weights` is room for what is preloaded. */
export type OutstandingMultiplication = Reused<Multiplication> & { readonly kind: 'multiply'; readonly weights: Writable<Operand> };
export type Outstanding = OutstandingLoad | OutstandingStore | OutstandingMultiplication;
/** A loop that is outstanding as a whole: its time is that of its last transfer. */
export interface OutstandingLoop {
  readonly kind: 'loop';
  readonly loop: GivenLoop;
  readonly time: number;
}

/** Records to be filled in. */
export const make = {
  load: (configuration: Load['configuration']): OutstandingLoad => ({
    kind: 'load',
    ...{ from: undefined, operand: noOperand(), configuration },
    ...{ time: longAgo, bytes: undefined },
  }),
  store: (configuration: Store['configuration']): OutstandingStore => ({
    kind: 'store',
    ...{ to: 0, operand: noOperand(), configuration },
    ...{ time: longAgo, bytes: undefined, written: false },
  }),
  multiply: (configuration: Multiplication['configuration']): OutstandingMultiplication => ({
    kind: 'multiply',
    ...{ configuration, preload: undefined, weights: noOperand() },
    ...{ a: noOperand(), bd: noOperand(), c: noOperand() },
  }),
};

/** The commands of a loop: within it, no order of loads, multiplications and stores that hazards allow has other effects than this one. */
export function commandsOf(given: GivenLoop): Outstanding[] {
  const { plan, moved, configuration } = given;
  const [a, b, c, d] = [startOf(given, 'a'), startOf(given, 'b'), startOf(given, 'c'), startOf(given, 'd')];
  const starts = { a, b, d };
  let transfer = 0;
  const loads = [...plan.d, ...plan.operands].map(({ matrix, which, address, operand }) => {
    const load = make.load(configuration.loads[which]);
    load.from = starts[matrix].address + address;
    setOperand(load.operand, starts[matrix].row + operand.local, operand.rows, operand.cols);
    load.time = moved[transfer++]!;
    return load;
  });
  const multiplications = plan.tiles.map(({ command: tile }) => {
    const multiplication = make.multiply(configuration.execute);
    setOperand(multiplication.weights, tile.preloaded ? b.row + tile.b.local : nowhere, tile.b.rows, tile.b.cols);
    multiplication.preload = tile.preloaded ? multiplication.weights : undefined;
    setOperand(multiplication.a, a.row + tile.a.local, tile.a.rows, tile.a.cols);
    setOperand(multiplication.c, c.row + tile.c.local, tile.c.rows, tile.c.cols);
    return multiplication;
  });
  const stores = plan.stores.map(({ command: { address, operand } }) => {
    const store = make.store(configuration.store);
    store.to = c.address + address;
    setOperand(store.operand, c.row + operand.local, operand.rows, operand.cols);
    store.time = moved[transfer++]!;
    return store;
  });
  return [...loads, ...multiplications, ...stores];
}
