import type { Interpreter } from './riscv/interpreter.ts';
import { Stop, type StopReason } from './riscv/stop.ts';

/** Bytes of memory that a run is to stop behind an access to. */
export interface Watchpoint {
  readonly address: number;
  readonly bytes: number;
  readonly access: 'read' | 'write' | 'either';
}

/** Where a run stops for a debugger. Breakpoints leave translated code at its speed; while there are watchpoints the interpreter runs. */
export class Stops {
  /** Addresses of instructions. */
  readonly breakpoints = new Set<number>();
  readonly watchpoints = new Set<Watchpoint>();
  #touched: StopReason | undefined;
  #passed: { readonly pc: number; readonly instructions: number } | undefined;

  /** Tells a core what has changed since its last run; true if only the interpreter sees all that is to be seen. */
  apply(interpreter: Interpreter): boolean {
    const { core } = interpreter;
    const known = core.breakpoints.size === this.breakpoints.size && [...this.breakpoints].every((at) => core.breakpoints.has(at | 0));
    if (!known) core.stopBefore(this.breakpoints);
    const watching = this.watchpoints.size > 0;
    core.observe(watching ? (address, bytes, access) => this.#look(address, bytes, access) : undefined);
    interpreter.after = watching ? () => this.#throwTouched() : undefined;
    return watching;
  }

  /** The stop that an engine threw; any other error goes on. A run that is continued passes the breakpoint at which the last one ended. */
  stopped(error: unknown, pc: number, instructions: number): StopReason {
    if (!(error instanceof Stop)) throw error;
    this.#passed = { pc, instructions };
    return error.stopped;
  }

  /** Whether a run starts at the breakpoint at which the last one ended. */
  passes(pc: number, instructions: number): boolean {
    return this.#passed?.pc === pc && this.#passed.instructions === instructions && this.breakpoints.has(pc);
  }

  /** The watched access since the last call, if there was one. */
  takeTouched(): StopReason | undefined {
    const touched = this.#touched;
    this.#touched = undefined;
    return touched;
  }

  #look(address: number, bytes: number, access: 'read' | 'write'): void {
    for (const watched of this.watchpoints) {
      const overlaps = address < watched.address + watched.bytes && watched.address < address + bytes;
      if (!overlaps || (watched.access !== 'either' && watched.access !== access)) continue;
      this.#touched ??= { reason: 'watchpoint', access: watched.access, address: Math.max(address, watched.address) };
    }
  }

  #throwTouched(): void {
    const touched = this.takeTouched();
    if (touched) throw new Stop(touched);
  }
}
