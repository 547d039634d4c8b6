import { elements, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { maskedRows } from '../../../operators/ivit/softmax/softmax.ts';
import { tableSoftmax } from '../../../operators/ivit/softmax/table-softmax.ts';
import { rowsOf } from '../../../operators/rows.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { Fusion } from './fusion.ts';
import { exponentialsOf } from './softmax.ts';

/** What kernels/rocket/softmax.c has room for in a row. */
const mostColumns = 255;

/** Softmax of windows: a row's elements that the mask does not hide are listed, and done as a row of their own. */
export const maskedSoftmax: Fusion = {
  name: 'masked-softmax',

  fuse([call], { site }) {
    if (call!.operator !== tableSoftmax.name || call!.operands.length !== 3) return undefined;
    const [x, table, mask] = call!.operands as [Piece, Piece, Piece];
    const [entries, hides] = [table, mask].map(({ value }) => site.program.constants.get(String(value)));
    const { rows, columns } = rowsOf(x.type.shape);
    const { hidden } = call!.attributes as { hidden: number };
    const exponentials = entries && exponentialsOf(entries);
    const seen = hides && columns <= mostColumns ? listsOf(hides, columns) : undefined;
    if (!exponentials || !seen || hidden >= 2 ** 23) return undefined;

    const [first, second] = [`${site.step.name} exponentials`, `${site.step.name} seen`];
    const lists = (elements(mask.type.shape) / columns) * (columns + 1);
    const functions = [
      {
        function: `bw_rocket_masked_softmax_${call!.result.type.dtype}`,
        arguments: [
          { struct: 'bw_ivit_rows', fields: { rows, columns, ...maskedRows(x.type, mask.type) } },
          { operand: 0 },
          { operand: 1 },
          { operand: 2 },
          { name: 'hidden', int: hidden },
          { result: true },
        ] as const,
      },
    ];
    const operands: Piece[] = [
      x,
      { value: first, type: exponentials.type, advance: 0 },
      { value: second, type: { dtype: 'u8', shape: [lists] }, advance: mask.advance === 0 ? 0 : lists },
    ];
    const constants = new Map([
      [first, exponentials],
      [second, seen],
    ]);
    return { taken: 1, call: { ...call!, operands, functions, source: 'rocket/softmax.c' }, constants };
  },
};

/** For each row of the mask how many columns it shows, and which; undefined where it shows none. */
function listsOf({ type, data }: Tensor, columns: number): Tensor | undefined {
  const rows = elements(type.shape) / columns;
  const lists = tensor({ dtype: 'u8', shape: [rows, columns + 1] });
  for (let row = 0; row < rows; row++) {
    const seen = Array.from({ length: columns }, (_, column) => column).filter((column) => data[row * columns + column] === 0);
    if (seen.length === 0) return undefined;
    lists.data.set([seen.length, ...seen], row * (columns + 1));
  }
  return lists;
}
