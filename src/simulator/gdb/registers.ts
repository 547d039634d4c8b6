import { registerNames } from '../fault.ts';
import type { Machine } from '../machine.ts';

/** A register as GDB knows it. Numbers are GDB's own for RISC-V: x registers from 0, pc 32, f registers from 33, CSRs from 65. */
export interface GdbRegister {
  readonly name: string;
  readonly number: number;
  readonly bits: number;
  readonly type: string;
  /** The feature of the target description that it belongs to. */
  readonly feature: 'cpu' | 'fpu' | 'csr';
  /** Undefined while there is none, such as fflags while mstatus.FS is off. */
  readonly read: (machine: Machine) => bigint | undefined;
  readonly write: (machine: Machine, value: bigint) => boolean;
}

const floatNames =
  'ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11';
const floatControl = { fflags: 0x001, frm: 0x002, fcsr: 0x003 } as const;
const control: { readonly [name: string]: number } = {
  mstatus: 0x300,
  misa: 0x301,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  mcycle: 0xb00,
  minstret: 0xb02,
  mcycleh: 0xb80,
  minstreth: 0xb82,
  mhartid: 0xf14,
};
const [pcNumber, firstFloat, firstCsr] = [32, 33, 65];

/** The registers of a machine, by what its ISA has. */
export function registersOf(machine: Machine): readonly GdbRegister[] {
  const letters = machine.isa.replace(/_.*/, '');
  const xlen = letters.startsWith('rv64') ? 64 : 32;
  const extensions = letters.slice(4).replace('g', 'imafd');
  const floats = !extensions.includes('f') ? 0 : extensions.includes('d') ? 64 : 32;
  const write =
    (action: (machine: Machine, value: bigint) => void): GdbRegister['write'] =>
    (target, value) => {
      action(target, value);
      return true;
    };
  const general = registerNames.map((name, number): GdbRegister => {
    const type = name === 'ra' ? 'code_ptr' : ['sp', 'gp', 'tp'].includes(name) ? 'data_ptr' : 'int';
    const change = write((target, value) => target.setRegister(number, value));
    return { name, number, bits: xlen, type, feature: 'cpu', read: (target) => target.register(number), write: change };
  });
  const pc: GdbRegister = {
    name: 'pc',
    number: pcNumber,
    bits: xlen,
    type: 'code_ptr',
    feature: 'cpu',
    read: (target) => BigInt(target.pc),
    write: write((target, value) => {
      target.pc = Number(value);
    }),
  };
  const csr = (name: string, number: number, feature: 'fpu' | 'csr', bits: number): GdbRegister => ({
    name,
    number: firstCsr + number,
    bits,
    type: 'int',
    feature,
    read: (target) => target.csr(number),
    write: (target, value) => target.setCsr(number, value),
  });
  const float = floatNames.split(' ').map((name, number): GdbRegister => {
    const boxed = (value: bigint): bigint => (floats === 32 ? value | (0xffff_ffffn << 32n) : value);
    return {
      name,
      number: firstFloat + number,
      bits: floats,
      type: floats === 64 ? 'riscv_double' : 'ieee_single',
      feature: 'fpu',
      read: (target) => BigInt.asUintN(floats, target.floatRegister(number)),
      write: write((target, value) => target.setFloatRegister(number, boxed(value))),
    };
  });
  return [
    ...general,
    pc,
    ...(floats === 0 ? [] : [...float, ...Object.entries(floatControl).map(([name, number]) => csr(name, number, 'fpu', 32))]),
    ...Object.entries(control)
      .filter(([, number]) => machine.csr(number) !== undefined)
      .map(([name, number]) => csr(name, number, 'csr', xlen)),
  ];
}

/** A double that can also be looked at as the single in its lower half. */
const doubleType = '<union id="riscv_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>';

/** The target description (GDB manual, appendix G), of the standard RISC-V features. */
export function targetDescription(registers: readonly GdbRegister[]): string {
  const features = (['cpu', 'fpu', 'csr'] as const).flatMap((feature) => {
    const members = registers.filter((register) => register.feature === feature);
    if (members.length === 0) return [];
    const lines = members.map(
      ({ name, number, bits, type }) =>
        `<reg name="${name}" bitsize="${bits}" regnum="${number}" type="${type}" save-restore="${feature === 'csr' ? 'no' : 'yes'}"/>`,
    );
    const types = members.some(({ type }) => type === 'riscv_double') ? [doubleType] : [];
    return [`<feature name="org.gnu.gdb.riscv.${feature}">`, ...types, ...lines, '</feature>'];
  });
  const { bits } = registers[0]!;
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    '<target version="1.0">',
    `<architecture>riscv:rv${bits}</architecture>`,
    ...features,
    '</target>',
    '',
  ].join('\n');
}

/** The memory map: GDB reads nothing outside of it. */
export function memoryMap({ memoryMap: ranges }: Machine): string {
  const hex = (value: number): string => `0x${value.toString(16)}`;
  const lines = ranges.map(({ base, size }) => `<memory type="ram" start="${hex(base)}" length="${hex(size)}"/>`);
  return ['<?xml version="1.0"?>', '<memory-map>', ...lines, '</memory-map>', ''].join('\n');
}
