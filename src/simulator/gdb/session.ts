import type { Machine, Outcome, Watchpoint } from '../machine.ts';
import { bytesOf, frame, fromHex, hexText, hexWord, PacketReader, toHex, wordOfHex } from './packets.ts';
import { type GdbRegister, memoryMap, registersOf, targetDescription } from './registers.ts';
import { signalled, signalOf, signals, stopReplies, threadOf } from './stop-reply.ts';

/** How the program goes on: to the next stop, or one core by instructions as long as they lie in a range. Other cores run along, or stand still. */
type Resumption = 'continue' | { readonly from: number; readonly to: number; readonly together: boolean };
/** One instruction. */
const nowhere = { from: 0, to: 0 } as const;

/** Where a session stands. A program that GDB let go runs on without it. */
export type SessionState = 'stopped' | 'running' | 'exited' | 'killed' | 'detached';

const packetSize = 0x4000;
const supported = `PacketSize=${packetSize.toString(16)};QStartNoAckMode+;qXfer:features:read+;qXfer:memory-map:read+;swbreak+;hwbreak+;vContSupported+`;
const refused = 'E01';
const done = 'OK';
/** A packet that this stub does not know. */
const unknown = '';

/**
 * The target's side of GDB's remote serial protocol (GDB manual, appendix E) for a machine: bytes in, texts of bytes out. The program runs in `work`,
 * which the owner calls for as long as the state is `running`, so that an interrupt is seen between two calls.
 */
export class GdbSession {
  readonly #machine: Machine;
  readonly #send: (text: string) => void;
  readonly #reader = new PacketReader();
  readonly #registers: readonly GdbRegister[];
  readonly #byNumber: ReadonlyMap<number, GdbRegister>;
  readonly #documents: { readonly [object: string]: string };
  readonly #watchpoints = new Map<string, Watchpoint>();
  #state: SessionState = 'stopped';
  #resumption: Resumption = 'continue';
  #acknowledges = true;
  #interrupted = false;
  #lastSent = '';
  /** Why the program stands where it stands: what `?` is answered with. */
  #stopReply = signalled(signals.trap, 0);
  #outcome: Outcome | undefined;

  constructor(machine: Machine, send: (text: string) => void) {
    this.#machine = machine;
    this.#send = send;
    this.#registers = registersOf(machine);
    this.#byNumber = new Map(this.#registers.map((register) => [register.number, register]));
    this.#documents = { 'features:read:target.xml': targetDescription(this.#registers), 'memory-map:read:': memoryMap(machine) };
  }

  get state(): SessionState {
    return this.#state;
  }
  /** Why the program stopped last. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Takes in bytes that GDB sent, in any pieces. */
  receive(bytes: Uint8Array): void {
    for (const received of this.#reader.push(bytes)) {
      if (received.kind === 'interrupt') this.#interrupted = this.#state === 'running';
      else if (received.kind === 'refused') this.#send(this.#lastSent);
      else if (received.kind === 'damaged' && this.#acknowledges) this.#send('-');
      else if (received.kind === 'packet') this.#packet(received.body);
    }
  }

  /** Runs the program for at most so many seconds, and answers where it stops. */
  work(seconds: number): void {
    if (this.#state !== 'running') return;
    if (this.#interrupted) this.#stop({ reason: 'timeout' });
    else {
      const outcome = this.#run(seconds);
      if (outcome) this.#stop(outcome);
    }
  }

  /** Undefined where the program would go on. */
  #run(seconds: number): Outcome | undefined {
    const machine = this.#machine;
    const resumption = this.#resumption;
    if (resumption === 'continue') {
      const outcome = machine.run({ timeout: seconds });
      return outcome.reason === 'timeout' ? undefined : outcome;
    }
    const { from, to, together } = resumption;
    const { core } = machine;
    const end = performance.now() + 1000 * seconds;
    do {
      const [before, { instructions }] = [machine.pc, machine.counters[core]!];
      const outcome = together ? machine.stepTogether() : machine.step();
      if (outcome) return outcome;
      const { pc } = machine;
      if (pc === before && machine.counters[core]!.instructions === instructions) continue; // it waits for another core
      if (pc < from || pc >= to || machine.breakpoints.has(pc)) return { reason: 'breakpoint' };
    } while (performance.now() < end);
    return undefined;
  }

  #stop(outcome: Outcome): void {
    this.#interrupted = false;
    this.#outcome = outcome;
    this.#state = outcome.reason === 'exit' ? 'exited' : 'stopped';
    const stepped = outcome.reason === 'breakpoint' && !this.#machine.breakpoints.has(this.#machine.pc);
    const { core } = this.#machine;
    const replies = stepped ? [signalled(signals.trap, core)] : stopReplies(outcome, core);
    for (const reply of replies) this.#reply(reply);
    this.#stopReply = replies.at(-1)!;
  }

  #reply(body: string): void {
    this.#lastSent = frame(body);
    this.#send(this.#lastSent);
  }

  #packet(body: string): void {
    if (this.#acknowledges) this.#send('+');
    const answer = this.#answer(body);
    if (answer !== undefined) this.#reply(answer);
    if (body === 'QStartNoAckMode') this.#acknowledges = false;
  }

  /** The answer to a packet; undefined where it comes later, or never. */
  #answer(body: string): string | undefined {
    const rest = body.slice(1);
    switch (body[0]) {
      case '?':
        return this.#stopReply;
      case 'g':
        return this.#inGeneralPacket.map((register) => this.#readRegister(register)).join('');
      case 'G':
        return this.#writeGeneral(rest);
      case 'p':
        return this.#withRegister(rest, (register) => this.#readRegister(register));
      case 'P':
        return this.#withRegister(rest, (register, value) => this.#writeRegister(register, value));
      case 'm':
        return this.#readMemory(rest);
      case 'M':
        return this.#writeMemory(rest, fromHex);
      case 'X':
        return this.#writeMemory(rest, bytesOf);
      case 'Z':
      case 'z':
        return this.#point(body[0] === 'Z', rest);
      case 'c':
      case 's':
      case 'C':
      case 'S':
        return this.#resumeFrom(body);
      case 'H':
        return this.#select(rest.slice(1));
      case 'T':
        return this.#isThread(Number.parseInt(rest, 16)) ? done : refused;
      case 'D':
        return this.#leave('detached');
      case 'k':
        this.#leave('killed');
        return undefined;
      default:
        return this.#named(body);
    }
  }

  /** Packets whose names are words. */
  #named(body: string): string | undefined {
    if (body.startsWith('qSupported')) return supported;
    if (body === 'QStartNoAckMode') return done;
    if (body === 'vCont?') return 'vCont;c;C;s;S;r';
    if (body.startsWith('vCont;')) return this.#resumeBy(body.slice('vCont;'.length));
    if (body.startsWith('vKill')) return this.#leave('killed');
    if (body.startsWith('qXfer:')) return this.#document(body.slice('qXfer:'.length));
    if (body.startsWith('qRcmd,')) return this.#monitor(body.slice('qRcmd,'.length));
    if (body === 'qC') return `QC${threadOf(this.#machine.core)}`;
    if (body === 'qfThreadInfo') return `m${Array.from({ length: this.#machine.cores }, (_, core) => threadOf(core)).join(',')}`;
    if (body === 'qsThreadInfo') return 'l';
    if (body.startsWith('qThreadExtraInfo,')) return hexText(`core ${Number.parseInt(body.slice('qThreadExtraInfo,'.length), 16) - 1}`);
    if (body.startsWith('qAttached')) return '0';
    if (body.startsWith('qSymbol')) return done;
    return unknown;
  }

  // Cores, which are GDB's threads: core 0 is thread 1

  #isThread(thread: number): boolean {
    return thread >= 1 && thread <= this.#machine.cores;
  }

  /** 0 and -1 mean any. */
  #select(text: string): string {
    const thread = Number.parseInt(text, 16);
    if (this.#isThread(thread)) this.#machine.core = thread - 1;
    return thread <= 0 || this.#isThread(thread) ? done : refused;
  }

  // Registers and memory

  /** The registers whose values a `g` packet has, one behind the other; GDB asks for the others one by one. */
  get #inGeneralPacket(): readonly GdbRegister[] {
    return this.#registers.filter(({ feature }) => feature === 'cpu');
  }

  #readRegister({ bits, read }: GdbRegister): string {
    const value = read(this.#machine);
    return value === undefined ? 'x'.repeat(bits / 4) : hexWord(value, bits);
  }

  #writeRegister(register: GdbRegister, value: string | undefined): string {
    const word = wordOfHex(value ?? '');
    if (word === undefined || !register.write(this.#machine, BigInt.asUintN(register.bits, word))) return refused;
    if (register.name === 'pc') this.#goTo(this.#machine.pc);
    return done;
  }

  #writeGeneral(digits: string): string {
    const { bits } = this.#registers[0]!;
    const values = digits.match(new RegExp(`.{${bits / 4}}`, 'g')) ?? [];
    const registers = this.#inGeneralPacket;
    if (values.length !== registers.length) return refused;
    return registers.every((register, i) => this.#writeRegister(register, values[i]) === done) ? done : refused;
  }

  /** `number` or `number=value`. */
  #withRegister(text: string, action: (register: GdbRegister, value: string | undefined) => string): string {
    const [number = '', value] = text.split('=');
    const register = this.#byNumber.get(Number.parseInt(number, 16));
    return register === undefined ? refused : action(register, value);
  }

  #readMemory(text: string): string {
    const [, address, length] = /^([0-9a-f]+),([0-9a-f]+)$/i.exec(text) ?? [];
    if (address === undefined) return refused;
    const count = Math.min(Number.parseInt(length!, 16), packetSize / 2);
    const bytes = this.#machine.readMemory(Number.parseInt(address, 16), count);
    return bytes === undefined ? refused : toHex(bytes);
  }

  /** `address,length:data`. */
  #writeMemory(text: string, decode: (data: string) => Uint8Array | undefined): string {
    const [, address, length, data = ''] = /^([0-9a-f]+),([0-9a-f]+):(.*)$/is.exec(text) ?? [];
    const bytes = decode(data);
    if (address === undefined || bytes?.length !== Number.parseInt(length!, 16)) return refused;
    return bytes.length === 0 || this.#machine.writeMemory(Number.parseInt(address, 16), bytes) ? done : refused;
  }

  // Breakpoints and watchpoints

  /** `type,address,kind`: 0 and 1 are breakpoints, 2 to 4 watchpoints, whose kind is their length. */
  #point(insert: boolean, text: string): string {
    const [, type = '', address = '', kind = ''] = /^([0-4]),([0-9a-f]+),([0-9a-f]+)/i.exec(text) ?? [];
    if (type === '') return unknown;
    const at = Number.parseInt(address, 16);
    const { breakpoints, watchpoints } = this.#machine;
    if (type === '0' || type === '1') {
      if (insert) breakpoints.add(at);
      else breakpoints.delete(at);
      return done;
    }
    const before = this.#watchpoints.get(text);
    if (before) watchpoints.delete(before);
    this.#watchpoints.delete(text);
    if (insert) {
      const access = ({ 2: 'write', 3: 'read', 4: 'either' } as const)[type as '2' | '3' | '4'];
      const watchpoint = { address: at, bytes: Number.parseInt(kind, 16), access };
      watchpoints.add(watchpoint);
      this.#watchpoints.set(text, watchpoint);
    }
    return done;
  }

  // Running

  /** `c`, `s`, `C signal`, `S signal`, each with an address to go on from or without. */
  #resumeFrom(body: string, together = false): string | undefined {
    const parts = /^([cs])([0-9a-f]+)?$/.exec(body) ?? /^([CS])([0-9a-f]{2})(?:;([0-9a-f]+))?$/.exec(body);
    if (!parts) return refused;
    const signal = /[CS]/.test(parts[1]!) ? parts[2]! : '';
    const address = parts.slice(signal === '' ? 2 : 3)[0];
    if (address !== undefined) this.#goTo(Number.parseInt(address, 16));
    return this.#resume(parts[1]!.toLowerCase() === 'c' ? 'continue' : { ...nowhere, together }, signal);
  }

  /** Actions `action:thread;action`: the first one says what its core does, and others that the rest runs along. */
  #resumeBy(actions: string): string | undefined {
    const [first = '', ...others] = actions.split(';');
    const [action = '', thread = '0'] = first.split(':');
    if (this.#select(thread) === refused) return refused;
    const together = others.length > 0;
    const [, from, to] = /^r([0-9a-f]+),([0-9a-f]+)$/.exec(action) ?? [];
    if (from !== undefined) return this.#resume({ from: Number.parseInt(from, 16), to: Number.parseInt(to!, 16), together }, '');
    return /^([cs]|[CS][0-9a-f]{2})$/.test(action) ? this.#resumeFrom(action, together) : refused;
  }

  /** A program that goes on elsewhere has overcome its fault. */
  #goTo(address: number): void {
    this.#machine.pc = address;
    if (this.#outcome?.reason === 'fault') this.#outcome = undefined;
  }

  /** A program that is given the signal of its own fault ends with it, as a native one would. */
  #resume(resumption: Resumption, signal: string): string | undefined {
    const fault = this.#outcome?.reason === 'fault' ? this.#outcome.fault : undefined;
    if (fault && Number.parseInt(signal, 16) === signalOf(fault.cause)) {
      this.#state = 'exited';
      return `X${signal}`;
    }
    this.#resumption = resumption;
    this.#state = 'running';
    return undefined;
  }

  #leave(state: 'killed' | 'detached'): string {
    this.#machine.breakpoints.clear();
    this.#machine.watchpoints.clear();
    this.#state = state;
    return done;
  }

  // Queries

  /** A part of a document: `object:offset,length`, answered with `m` where more follows, `l` at its end. */
  #document(text: string): string {
    const [, object = '', offset = '', length = ''] = /^(.*):([0-9a-f]+),([0-9a-f]+)$/i.exec(text) ?? [];
    const document = this.#documents[object];
    if (document === undefined) return unknown;
    const from = Number.parseInt(offset, 16);
    const to = from + Number.parseInt(length, 16);
    return `${to < document.length ? 'm' : 'l'}${document.slice(from, to)}`;
  }

  /** What `monitor ...` in GDB asks. */
  #monitor(digits: string): string {
    const command = new TextDecoder().decode(fromHex(digits) ?? new Uint8Array(0)).trim();
    const { instructions, cycles } = this.#machine;
    if (command === 'instructions') return hexText(`${instructions} instructions\n`);
    if (command === 'cycles') return hexText(`${cycles} cycles\n`);
    return hexText('monitor instructions: retired since the start\nmonitor cycles: passed since the start\n');
  }
}
