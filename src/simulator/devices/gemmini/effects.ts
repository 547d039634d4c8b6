import type { Arithmetic, Load, Multiplication, Store } from './arithmetic.ts';
import type { GivenLoop } from './fast-loops.ts';
import { gather, rowsRead, rowsWritten, scatter } from './main-rows.ts';
import {
  commandsOf,
  make,
  type Outstanding,
  type OutstandingLoad,
  type OutstandingLoop,
  type OutstandingMultiplication,
  type OutstandingStore,
} from './outstanding.ts';
import { longAgo } from './reservations.ts';

/**
 * What commands do to the memories. The local ones change in the order of the program, which hazards keep. The main memory changes in the order of time: a load
 * reads its bytes, and a store's bytes are there, each in a cycle of its own.
 *
 * Where no transfer meets another one or an access of the core, nobody sees the difference: then all commands do in the order of the program, when they are
 * over, what they do. Otherwise those up to a cycle happen in the order of time.
 */
export class Effects {
  readonly #arithmetic: Arithmetic;
  readonly #memory: Uint8Array;
  readonly #perform: (loop: GivenLoop) => boolean;
  /** In the order of the program, from the first one on that has not worked on the local memories. */
  #queue: (Outstanding | OutstandingLoop)[] = [];
  #first = 0;
  /** Stores that have, before their time. */
  #unwritten: OutstandingStore[] = [];
  #isTimed = false;
  readonly #spare = { load: [] as OutstandingLoad[], store: [] as OutstandingStore[], multiply: [] as OutstandingMultiplication[] };

  /** On the main memory. Loops that `perform` does not do are done command by command. */
  constructor(arithmetic: Arithmetic, memory: Uint8Array, perform: (loop: GivenLoop) => boolean = () => false) {
    this.#arithmetic = arithmetic;
    this.#memory = memory;
    this.#perform = perform;
  }

  /** Commands that are outstanding. */
  get count(): number {
    return this.#queue.length - this.#first;
  }

  /** A record for the next command, to be filled in and added. */
  load(configuration: Load['configuration']): OutstandingLoad {
    const load = this.#spare.load.pop() ?? make.load(configuration);
    load.configuration = configuration;
    return load;
  }
  store(configuration: Store['configuration']): OutstandingStore {
    const store = this.#spare.store.pop() ?? make.store(configuration);
    store.configuration = configuration;
    return store;
  }
  multiply(configuration: Multiplication['configuration']): OutstandingMultiplication {
    const multiplication = this.#spare.multiply.pop() ?? make.multiply(configuration);
    multiplication.configuration = configuration;
    return multiplication;
  }

  add(command: Outstanding): void {
    this.#queue.push(command);
  }

  /** A loop none of whose transfers meets another one that is outstanding. */
  addLoop(loop: GivenLoop): void {
    this.#queue.push({ kind: 'loop', loop, time: loop.moved.reduce((last, time) => Math.max(last, time), longAgo) });
  }

  /** Whether the times of transfers count. */
  get isTimed(): boolean {
    return this.#isTimed;
  }

  /** Transfers that are outstanding, or the next one, meet each other: their times count. */
  orderByTime(): void {
    this.#isTimed = true;
  }

  /** Nothing is outstanding any more. */
  finish(): void {
    if (this.#isTimed) this.until(Number.POSITIVE_INFINITY);
    else this.#run(Number.POSITIVE_INFINITY);
  }

  /** What is over in a cycle need not be kept, as far as no command before it is outstanding. */
  forget(cycle: number): void {
    if (this.#isTimed) this.until(cycle);
    else this.#run(cycle);
  }

  /** The main memory is as it is in a cycle. */
  until(cycle: number): void {
    this.#isTimed = this.count > 0 || this.#unwritten.length > 0;
    if (!this.#isTimed) return;
    const due = [...this.#unwritten, ...this.#outstanding()]
      .filter((command) => command.kind !== 'multiply')
      .filter((command) => command.time <= cycle && !(command.kind === 'load' ? command.bytes : command.written))
      .sort((one, other) => one.time - other.time || Number(one.kind === 'store') - Number(other.kind === 'store'));
    for (const command of due)
      if (command.kind === 'load') command.bytes = gather(this.#memory, rowsRead(command));
      else {
        scatter(this.#memory, rowsWritten(command), command.bytes ?? this.#readOut(command));
        command.written = true;
      }
    this.#advance();
    const over = this.#unwritten.filter(({ written }) => written);
    this.#unwritten = this.#unwritten.filter(({ written }) => !written);
    for (const store of over) this.#recycle(store);
    if (this.count === 0 && this.#unwritten.length === 0) this.#isTimed = false;
  }

  /** All of them, those of loops one by one from now on. */
  #outstanding(): Outstanding[] {
    if (this.#queue.some(({ kind }) => kind === 'loop')) {
      this.#queue = this.#queue.slice(this.#first).flatMap((each) => (each.kind === 'loop' ? commandsOf(each.loop) : [each]));
      this.#first = 0;
    }
    return this.#queue.slice(this.#first) as Outstanding[];
  }

  /** Does what commands do, in the order of the program, up to the first one whose transfer is not over. */
  #run(cycle: number): void {
    const queue = this.#queue;
    const arithmetic = this.#arithmetic;
    for (; this.#first < queue.length; this.#first++) {
      const command = queue[this.#first]!;
      if (command.kind === 'multiply') arithmetic.multiply(command);
      else if (command.time > cycle) break;
      else if (command.kind === 'load') arithmetic.load(command);
      else if (command.kind === 'store') arithmetic.store(command);
      else {
        if (!this.#perform(command.loop)) queue.splice(this.#first--, 1, ...commandsOf(command.loop));
        continue;
      }
      this.#recycle(command);
    }
    this.#drop();
  }

  /** The same where times count: up to the first load that has not read. */
  #advance(): void {
    for (; this.#first < this.#queue.length; this.#first++) {
      const command = this.#queue[this.#first] as Outstanding;
      if (command.kind === 'load' && command.bytes === undefined) break;
      if (command.kind === 'store' && !command.written) {
        command.bytes ??= this.#read(this.#arithmetic, command);
        this.#unwritten.push(command);
      } else {
        this.#work(this.#arithmetic, command);
        this.#recycle(command);
      }
    }
    this.#drop();
  }

  /** What a store writes whose turn may not have come: no load that has not read by then has to do with it. */
  #readOut(store: OutstandingStore): Uint8Array {
    this.#advance();
    if (store.bytes !== undefined) return store.bytes;
    const apart = this.#arithmetic.fork();
    for (const command of this.#outstanding()) {
      if (command === store) break;
      this.#work(apart, command);
    }
    store.bytes = this.#read(apart, store);
    return store.bytes;
  }

  /** What a command does to the local memories. */
  #work(arithmetic: Arithmetic, command: Outstanding): void {
    if (command.kind === 'multiply') arithmetic.multiply(command);
    else if (command.kind === 'load') {
      const rows = rowsRead(command);
      const now = gather(this.#memory, rows);
      scatter(this.#memory, rows, command.bytes ?? now);
      arithmetic.load(command);
      scatter(this.#memory, rows, now);
    }
  }

  /** The bytes of a store: it leaves the main memory as it is. */
  #read(arithmetic: Arithmetic, store: OutstandingStore): Uint8Array {
    const rows = rowsWritten(store);
    const now = gather(this.#memory, rows);
    arithmetic.store(store);
    const bytes = gather(this.#memory, rows);
    scatter(this.#memory, rows, now);
    return bytes;
  }

  #drop(): void {
    if (this.#first === 0) return;
    if (this.#first === this.#queue.length) this.#queue.length = 0;
    else this.#queue.splice(0, this.#first);
    this.#first = 0;
  }

  #recycle(command: Outstanding): void {
    if (command.kind === 'multiply') this.#spare.multiply.push(command);
    else if (command.kind === 'load') {
      command.bytes = undefined;
      this.#spare.load.push(command);
    } else {
      command.bytes = undefined;
      command.written = false;
      this.#spare.store.push(command);
    }
  }
}
