import type { ClusterCoreDeclaration } from '../../hardware/cluster-core.ts';
import type { Arbiter } from '../contention/arbiter.ts';
import type { Core } from '../riscv/core.ts';
import type { InstructionTiming } from '../riscv/cycles.ts';
import type { Predecoded } from '../riscv/predecode.ts';
import type { Row } from '../riscv/row.ts';
import { type ClusterOperation, clusterOperation, divisionSurplus } from './cluster-operation.ts';

/** What the cores of a cluster share, and wait for. */
export interface Shared {
  /** The banks of the main memory, by offsets in it; absent where it has none. */
  readonly banks: Arbiter | undefined;
  readonly floatUnits: Arbiter;
  readonly dividers: Arbiter;
}

export interface ClusterTimingOptions {
  readonly core: Core;
  readonly declaration: ClusterCoreDeclaration;
  readonly shared: Shared;
  /** A word of the core's own area: bits of the registers whose value comes a cycle late. Translated code keeps it too. */
  readonly late: Int32Array;
}

/** How an instruction finds its address: that of rs1, and what is added to it. */
interface Addressing {
  readonly bytes: number;
  readonly store: boolean;
  readonly atomic: boolean;
  readonly added: 'nothing' | 'offset' | 'rs2' | 'rs3';
}
type Timed = ClusterOperation & { readonly access: Addressing | undefined };

const stores = ['store', 'float-store', 'atomic'];
const accessing = [...stores, 'load', 'float-load'];
const sizes: { readonly [letter: string]: number } = { b: 1, h: 2, w: 4, d: 8 };

/** `lw rd, offset(rs1)`, `p.lw rd, rs2(rs1)`, and with an exclamation mark the address before anything is added. */
function addressing({ mnemonic, syntax, cycles }: Row): Addressing | undefined {
  if (!accessing.includes(cycles)) return undefined;
  const [, added = '', after = ''] = /(offset|rs2|rs3)?\(rs1(!?)\)/.exec(syntax) ?? [];
  return {
    bytes: sizes[mnemonic.replace(/u$/, '').at(-1) ?? ''] ?? 4,
    store: stores.includes(cycles),
    atomic: cycles === 'atomic',
    added: after !== '' || added === '' ? 'nothing' : (added as 'offset' | 'rs2' | 'rs3'),
  };
}

/** The cycles of a cluster's core, instruction by instruction: the definition of what a program takes. */
export class ClusterTiming implements InstructionTiming {
  readonly between = true;
  readonly declaration: ClusterCoreDeclaration;
  readonly #core: Core;
  readonly #shared: Shared;
  readonly #late: Int32Array;
  #devices: readonly { readonly from: number; readonly to: number }[] | undefined;

  constructor({ core, declaration, shared, late }: ClusterTimingOptions) {
    this.declaration = declaration;
    this.#core = core;
    this.#shared = shared;
    this.#late = late;
  }

  issue(record: Predecoded): number {
    const { declaration } = this;
    const { sources, late, cycles, division, unit, access } = this.#operation(record);
    const start = this.#core.cycle;
    const ready = start + ((this.#late[0]! & sources) === 0 ? 0 : 1);
    this.#late[0] = late;
    if (access !== undefined) return this.#access(ready, access, record) + 1 - start;
    if (unit === 'float') return this.#shared.floatUnits(ready, 0, 0, this.#core.hart) + cycles - start;
    if (unit === 'divider') return this.#shared.dividers(ready, 0, 0, this.#core.hart) + cycles - start;
    const surplus = division === undefined ? 0 : divisionSurplus(this.#core.x[record.rs2]!, division, declaration);
    return ready + cycles + surplus - start;
  }

  retire({ control, next }: Predecoded): number {
    return control === 'branch' && this.#core.target !== next ? this.declaration.takenBranch - 1 : 0;
  }

  trap(): number {
    this.#late[0] = 0;
    return this.declaration.trap;
  }

  resume(): void {}

  flush(): void {}

  /** The cycle in which an access is served that is made in `cycle`. */
  #access(cycle: number, access: Addressing, record: Predecoded): number {
    const { bus, x, misalignedTraps, hart } = this.#core;
    const { bytes, store, atomic, added } = access;
    const offset = added === 'nothing' ? 0 : added === 'offset' ? record.offset : x[record[added]]!;
    const at = (x[record.rs1]! + offset - bus.main.base) >>> 0;
    const aligned = (at & (bytes - 1)) === 0 || !(atomic || misalignedTraps);
    const plain = at <= bus.main.bytes.length - bytes && aligned && !(store && this.#isDevice(at, bytes));
    if (!plain) return cycle + this.declaration.elsewhere - 1;
    return this.#shared.banks?.(cycle, at, bytes, hart) ?? cycle;
  }

  #isDevice(at: number, bytes: number): boolean {
    const { bus } = this.#core;
    const place = (base: number): number => (base - bus.main.base) >>> 0;
    this.#devices ??= bus.covered.map(({ base, size }) => ({ from: place(base), to: place(base) + size }));
    for (const { from, to } of this.#devices) if (at < to && from < at + bytes) return true;
    return false;
  }

  #operation(record: Predecoded): Timed {
    if (record.timed !== undefined) return record.timed as Timed;
    const { instruction } = record;
    const operation: Timed =
      instruction === undefined
        ? { sources: 0, late: 0, cycles: 1, division: undefined, unit: undefined, access: undefined }
        : { ...clusterOperation(instruction, this.declaration), access: addressing(instruction.row) };
    record.timed = operation;
    return operation;
  }
}
