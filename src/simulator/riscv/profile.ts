import { BadInput } from '../../errors.ts';
import { type Decoder, decoder } from './decoder.ts';
import type { Row } from './row.ts';
import { a } from './rows/a.ts';
import { c, cd, cf } from './rows/c.ts';
import { d } from './rows/d.ts';
import { f, zfinx } from './rows/f.ts';
import { m } from './rows/m.ts';
import { privileged, zifencei } from './rows/privileged.ts';
import { rv32i } from './rows/rv32i.ts';
import { rv64i, shifts } from './rows/rv64i.ts';
import { xpulpv2 } from './rows/xpulp.ts';
import { zba, zbb } from './rows/zb.ts';
import { zicsr } from './rows/zicsr.ts';

/** An ISA as a machine declares it, made into rows. */
export interface Profile {
  readonly isa: string;
  readonly xlen: 32 | 64;
  /** Single letters, as in misa: x stands for non-standard ones. */
  readonly extensions: string;
  readonly floatsInX: boolean;
  readonly rows: readonly Row[];
  readonly decoder: Decoder;
}

const letters: { readonly [letter: string]: readonly Row[] } = { i: [...rv32i, ...rv64i, ...shifts], m, a, f, d, c };
const names: { readonly [name: string]: readonly Row[] } = { zicsr, zifencei, zba, zbb, zfinx, xpulpv2 };

/**
 * Reads an ISA string: `rv64imafdc_zicsr_zba`; `g` is `imafd_zicsr_zifencei`. CSRs and machine mode are always there. What a machine plugs in takes the
 * place of rows of the same mnemonic.
 */
export function profile(isa: string, plugged: readonly Row[] = []): Profile {
  const [, width, single = '', rest = ''] = /^rv(32|64)([a-y]+)((?:_[a-z0-9]+)*)$/.exec(isa.toLowerCase()) ?? [];
  const extensions = [...new Set(single.replace('g', 'imafd'))].join('');
  const multiple = rest.split('_').filter((name) => name !== '' && name !== 'zicsr' && name !== 'zifencei');
  const unknown = [...[...extensions].filter((letter) => !(letter in letters)), ...multiple.filter((name) => !(name in names))];
  if (width === undefined || !extensions.startsWith('i') || unknown.length > 0)
    throw new BadInput({
      where: `ISA ${isa}`,
      found: unknown.length > 0 ? `the extension ${unknown.join(', ')}` : 'no ISA string',
      expected: `rv32 or rv64, i, and of ${Object.keys(letters).join(' ')} ${Object.keys(names).join(' ')}`,
      remedy: 'declare an ISA of these',
    });
  const xlen = Number(width) as 32 | 64;
  const custom = multiple.some((name) => name.startsWith('x')) ? 'x' : '';
  const has = (letter: string) => extensions.includes(letter);
  const compressedFloats = has('c') ? [...(has('d') ? cd : []), ...(has('f') ? cf : [])] : [];
  const all = [...zicsr, ...zifencei, ...privileged, ...[...extensions].flatMap((letter) => letters[letter] ?? [])];
  const replaced = new Set(plugged.map(({ mnemonic }) => mnemonic));
  const standard = [...all, ...compressedFloats, ...multiple.flatMap((name) => names[name] ?? [])];
  const rows = [...standard.filter(({ mnemonic }) => !replaced.has(mnemonic)), ...plugged];
  const usable = rows.filter((row) => row.xlen === undefined || row.xlen === xlen);
  return { isa, xlen, extensions: extensions + custom, floatsInX: multiple.includes('zfinx'), rows: usable, decoder: decoder(usable) };
}
