import type { ClusterCoreDeclaration } from '../../hardware/cluster-core.ts';
import type { Row } from '../riscv/row.ts';

/** A decoded instruction, wherever it stands. */
interface Decoded {
  readonly row: Row;
  readonly operands: { readonly [name: string]: number };
}

/** What the cycle model of a cluster's core sees of an instruction. */
export interface ClusterOperation {
  /** Bits of the x registers that it reads, and of the one that it writes late. */
  readonly sources: number;
  readonly late: number;
  /** Cycles that the code alone tells: without waiting, the turn of a branch and what a divisor adds. */
  readonly cycles: number;
  readonly division: 'signed' | 'unsigned' | undefined;
  readonly unit: 'float' | 'divider' | undefined;
}

const reads = ['rs1', 'rs2', 'rs3', 'fs1', 'fs2', 'fs3'];
const divisions: { readonly [mnemonic: string]: 'signed' | 'unsigned' } = {
  div: 'signed',
  rem: 'signed',
  divu: 'unsigned',
  remu: 'unsigned',
};
/** Rows whose destination is a source too. */
const accumulates = /^(p\.(mac|msu|insert)|pv\.(sdot|insert|shuffle2|pack(hi|lo)))/;
const bit = (register: number): number => (register === 0 ? 0 : 1 << register);

/** Float registers are taken for x registers, as they are with Zfinx. */
export function clusterOperation({ row, operands }: Decoded, { cycles, late, jump, floats }: ClusterCoreDeclaration): ClusterOperation {
  const { mnemonic, control } = row;
  const registers = accumulates.test(mnemonic) ? [...reads, 'rd'] : reads;
  const sources = registers.reduce((bits, name) => bits | bit(operands[name] ?? 0), 0);
  const turns = control === 'jump' || control === 'indirect';
  return {
    sources,
    late: late.includes(row.cycles) || late.includes(mnemonic) ? bit(operands['rd'] ?? operands['fd'] ?? 0) : 0,
    cycles: turns ? jump : row.cycles === 'float-divide' ? floats.divide : (cycles[mnemonic] ?? 1),
    division: divisions[mnemonic],
    unit: row.cycles === 'float-divide' ? 'divider' : /^float-(?!load|store)/.test(row.cycles) ? 'float' : undefined,
  };
}

/** Cycles that a divisor adds to the one cycle of its instruction. */
export function divisionSurplus(divisor: number, kind: 'signed' | 'unsigned', { division }: ClusterCoreDeclaration): number {
  if (divisor === 0) return division.byZero - 1;
  const negative = kind === 'signed' && divisor < 0;
  return (negative ? division.negative + Math.clz32(-divisor) : division.positive + Math.clz32(divisor)) - 1;
}
