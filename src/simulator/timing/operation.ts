import type { InstructionCost, PipelineDeclaration } from '../../hardware/pipeline.ts';
import type { Row } from '../riscv/row.ts';
import { type Kind, kindOf } from './surplus.ts';

/** A decoded instruction, wherever it stands. */
export interface Decoded {
  readonly row: Row;
  readonly operands: { readonly [name: string]: number };
  readonly bytes: 2 | 4;
}

/** Registers by number: x registers are 0 to 31, f registers 32 to 63. */
const firstFloat = 32;
const sources = ['rs1', 'rs2', 'rs3'] as const;
const floatSources = ['fs1', 'fs2', 'fs3'] as const;

/** What the pipeline sees of an instruction. */
export interface Operation {
  readonly instruction: Decoded;
  /** Whoever still computes one of these keeps the instruction from being issued: its operands, and its destination too. */
  readonly registers: readonly number[];
  readonly destination: number | undefined;
  readonly writesX: boolean;
  readonly latency: number;
  readonly occupies: number;
  /** The cycle after its issue in which it takes the float registers' write port. */
  readonly port: number | undefined;
  readonly multiplier: InstructionCost['multiplier'];
  /** How a product or quotient reads its operands. */
  readonly kind: Kind | undefined;
  readonly unit: string | undefined;
  readonly access: Access | undefined;
}

export interface Access {
  readonly store: boolean;
  readonly atomic: boolean;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly base: number;
  readonly offset: number;
}

const accesses: { readonly [cycleClass: string]: Pick<Access, 'store' | 'atomic'> } = {
  load: { store: false, atomic: false },
  store: { store: true, atomic: false },
  'float-load': { store: false, atomic: false },
  'float-store': { store: true, atomic: false },
  atomic: { store: true, atomic: true },
};

/** The two lowest bits of funct3 are the size in all loads, stores and atomic operations. */
function accessOf({ row, operands }: Decoded): Access | undefined {
  const kind = accesses[row.cycles];
  return (
    kind && {
      ...kind,
      bytes: (1 << ((row.match >>> 12) & 3)) as 1 | 2 | 4 | 8,
      base: operands['rs1'] ?? 0,
      offset: operands['offset'] ?? 0,
    }
  );
}

export function operationOf(
  instruction: Decoded,
  { classes, mnemonics, csrWrite }: PipelineDeclaration,
  { floatsInX, xlen }: { readonly floatsInX: boolean; readonly xlen: 32 | 64 },
): Operation {
  const { row, operands } = instruction;
  const cost = mnemonics[row.mnemonic] ?? classes[row.cycles] ?? { latency: 1 };
  const integers = sources.map((name) => operands[name] ?? 0);
  const floats = floatSources.flatMap((name) => (name in operands ? [floatRegister(operands[name] ?? 0, floatsInX)] : []));
  const destination = 'fd' in operands ? floatRegister(operands['fd'] ?? 0, floatsInX) : operands['rd'] || undefined;
  const float = row.cycles.startsWith('float');
  const double = float && row.mnemonic.includes('.d');
  const access = accessOf(instruction);
  const narrow = access !== undefined && !access.store && access.bytes < 4 ? cost.narrow : undefined;
  const toInteger = 'rd' in operands ? cost.toInteger : undefined;
  const writes = row.cycles === 'csr' && (row.mnemonic.startsWith('csrrw') || (operands['rs1'] ?? operands['uimm']) !== 0);
  return {
    instruction,
    registers: [...integers, ...floats, destination ?? 0].filter((register, i, all) => register !== 0 && all.indexOf(register) === i),
    destination,
    writesX: 'rd' in operands,
    latency: narrow ?? toInteger ?? (double ? cost.double : undefined) ?? cost.latency,
    occupies: writes ? csrWrite : (cost.occupies ?? 1),
    port: 'fd' in operands ? cost.port?.[double ? 1 : 0] : undefined,
    multiplier: cost.multiplier,
    kind: cost.multiplier && kindOf(instruction, xlen),
    unit: cost.unit,
    access,
  };
}

const floatRegister = (register: number, floatsInX: boolean): number => (floatsInX ? register : firstFloat + register);
