import { dtypes } from '../../../numeric/tensor.ts';
import { rowLookup as rowLookupOperator } from '../../../operators/lookup/row-lookup.ts';
import { rowsOf } from '../../../operators/rows.ts';
import type { Fusion } from './fusion.ts';

/** The types of entries that kernels/rocket/row_lookup.c knows. */
const entries: ReadonlySet<string> = new Set(['i8', 'u8', 'i16', 'u16']);

/** Tables of tables, which a row's greatest chooses from. */
export const rowLookup: Fusion = {
  name: 'lookup-of-rows',

  fuse([call]) {
    const [x] = call!.operands;
    const { dtype } = call!.result.type;
    if (call!.operator !== rowLookupOperator.name || x!.type.dtype !== 'i8' || !entries.has(dtype)) return undefined;
    const { rows, columns } = rowsOf(x!.type.shape);
    const functions = [
      {
        function: `bw_rocket_row_lookup_${dtype}`,
        arguments: [
          { name: 'rows', int: rows },
          { name: 'columns', int: columns },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ] as const,
      },
    ];
    return { taken: 1, call: { ...call!, functions, source: 'rocket/row_lookup.c', inPlace: dtypes[dtype].bytes === 1 } };
  },
};
