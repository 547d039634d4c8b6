import { type Tensor, tensor } from '../../../numeric/tensor.ts';
import { digits } from '../../../operators/digits/digits.ts';
import { tableSoftmax } from '../../../operators/ivit/softmax/table-softmax.ts';
import { rowsOf } from '../../../operators/rows.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { Fusion } from './fusion.ts';

/** What kernels/rocket/softmax.c has room for in a row. */
const mostColumns = 1024;

/** Added to the bits of an integer below 2^23, those of the float that is 2^23 more. */
const bias = 0x4b000000;

/** Softmax whose exponentials are in a table: kept as floats that are 2^23 too large, so that their bits add up as integers do. Digits of it too. */
export const softmax: Fusion = {
  name: 'table-softmax',

  fuse([call, next], { site }) {
    if (call!.operator !== tableSoftmax.name || call!.operands.length > 2) return undefined;
    const [x, { value }] = call!.operands as [Piece, Piece];
    const table = typeof value === 'string' ? site.program.constants.get(value) : undefined;
    const { rows, columns } = rowsOf(x.type.shape);
    const exponentials = table && exponentialsOf(table);
    if (exponentials === undefined || columns > mostColumns) return undefined;
    const name = `${site.step.name} exponentials`;
    const turned = next?.operator === digits.name && call!.result.type.dtype === 'u16';
    const mask = turned ? (next.attributes['mask'] as number) : 0;
    const functions = [
      {
        function: `bw_rocket_softmax_${call!.result.type.dtype}`,
        arguments: [
          { name: 'rows', int: rows },
          { name: 'columns', int: columns },
          { name: 'mask', int: mask },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ] as const,
      },
    ];
    return {
      taken: turned ? 2 : 1,
      call: {
        ...call!,
        result: (turned ? next : call!).result,
        operands: [x, { value: name, type: exponentials.type, advance: 0 }],
        functions,
        source: 'rocket/softmax.c',
      },
      constants: new Map([[name, exponentials]]),
    };
  },
};

/** All exponentials are below 2^23, none of a row's greatest is 0: no sum is. */
const fits = ({ data }: Tensor): boolean =>
  data.every((e) => e >= 0 && e < 2 ** 23) && Array.from({ length: 256 }, (_, greatest) => data[257 * greatest]!).every((e) => e > 0);

/** The table as kernels/rocket/softmax.c reads it. */
export function exponentialsOf(table: Tensor): Tensor | undefined {
  if (!fits(table)) return undefined;
  const made = tensor(table.type);
  for (let index = 0; index < table.data.length; index++) made.data[index] = table.data[index]! + bias;
  return made;
}
