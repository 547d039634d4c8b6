import { type Row, row } from '../row.ts';

const opcodes = ['0001011', '0101011', '1011011', '1111011'] as const;

/**
 * The commands of an accelerator on one of the opcodes custom-0 to custom-3, as Rocket's coprocessor interface has them: funct7, and a bit each that says
 * whether rd, rs1 and rs2 name registers. `port` is the accelerator's place among those of the core.
 */
export function rocc(custom: 0 | 1 | 2 | 3, port: number): readonly Row[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].map((form) => {
    const [writes, first, second] = [(form & 4) !== 0, (form & 2) !== 0, (form & 1) !== 0];
    const operands = ['funct', ...(writes ? ['rd'] : []), ...(first ? ['rs1'] : []), ...(second ? ['rs2'] : [])];
    const field = (name: string, used: boolean): string => (used ? name : '-----');
    const suffix = `${writes ? 'd' : ''}${first ? 's' : ''}${second ? 't' : ''}`;
    const line = `funct ${field('rs2', second)} ${field('rs1', first)} ${form.toString(2).padStart(3, '0')} ${field('rd', writes)} ${opcodes[custom]}`;
    return row('device', `custom${custom}${suffix && `.${suffix}`} ${operands.join(', ')}`, line as 'funct rs1 rs2 rd', {
      evaluate: ({ funct, rs1, rs2, rd }, core) =>
        core.command(port, funct, writes ? rd : undefined, first ? rs1 : undefined, second ? rs2 : undefined),
      emit: ({ funct, rs1, rs2 }, core) => {
        const reply = core.command(port, funct, first ? rs1 : undefined, second ? rs2 : undefined);
        return writes ? { rd: reply } : {};
      },
    });
  });
}

/** In place of the row without effect: waits for all accelerators. */
export const waitingFence: Row = {
  ...row('fence', 'fence pred, succ', 'fm pred succ rs1 000 rd 0001111', {
    evaluate: (_, core) => core.fence(),
    emit: (_, core) => core.fence(),
  }),
  control: 'device',
};
