import { type Tensor, tensor } from '../../../numeric/tensor.ts';
import { digits } from '../../../operators/digits/digits.ts';
import { maskedRows } from '../../../operators/ivit/softmax/softmax.ts';
import { rowsOf } from '../../../operators/rows.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { PortableCall } from '../../portable.ts';
import type { Fused, Fusion, Surroundings } from './fusion.ts';

const source = 'rocket/softmax.c';

/** What kernels/rocket/softmax.c has room for in a row. */
const mostColumns = 1024;

/** Exponentials are below this, the integers from which on not every sum with it is a float. */
const limit = 2 ** 23;
/** Added to the bits of an integer below the limit, those of the float that is the limit more. */
const bias = 0x4b000000;

/** Softmax whose exponentials are in a table: kept as floats that are 2^23 too large, so that their bits add up as integers do. Digits of it too. */
export const softmax: Fusion = {
  name: 'softmax',

<<<<<<< Updated upstream
  fuse([call, next], { site }) {
    if (call!.operator !== 'ivit-table-softmax' || call!.operands.length > 2) return undefined;
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
=======
  fuse([call, next], surroundings) {
    const table = tableOf(call!, surroundings);
    if (table === undefined) return undefined;
    const { piece, constants } = table;
    return call!.operands.length > 2 ? masked(call!, piece, constants, surroundings) : { ...plain(call!, piece, next), constants };
>>>>>>> Stashed changes
  },
};

type Constants = ReadonlyMap<string, Tensor>;

function tableOf(call: PortableCall, { site }: Surroundings): { readonly piece: Piece; readonly constants: Constants } | undefined {
  if (call.operator !== 'ivit-table-softmax') return undefined;
  const [x, { value }] = call.operands as [Piece, Piece];
  const table = site.program.constants.get(String(value));
  if (table === undefined || rowsOf(x.type.shape).columns > mostColumns || !fits(table)) return undefined;
  const name = `${site.step.name} exponentials`;
  return { piece: { value: name, type: table.type, advance: 0 }, constants: new Map([[name, biased(table)]]) };
}

/** None of a row's greatest is 0: no sum is. */
const fits = ({ data }: Tensor): boolean =>
  data.every((e) => e >= 0 && e < limit) && Array.from({ length: 256 }, (_, greatest) => data[257 * greatest]!).every((e) => e > 0);

/** The table as kernels/rocket/softmax.c reads it. */
export function exponentialsOf(table: Tensor): Tensor | undefined {
  if (!fits(table)) return undefined;
  const made = tensor(table.type);
  for (let index = 0; index < table.data.length; index++) made.data[index] = table.data[index]! + bias;
  return made;
}

function plain(call: PortableCall, table: Piece, next: PortableCall | undefined): Fused {
  const [x] = call.operands as [Piece];
  const { dtype } = call.result.type;
  const { rows, columns } = rowsOf(x.type.shape);
  const inDigits = next?.operator === digits.name && dtype === 'u16';
  const turned = inDigits ? (next.attributes['mask'] as number) : 0;
  const functions = [
    {
      function: `bw_rocket_softmax_${dtype}`,
      arguments: [
        { name: 'rows', int: rows },
        { name: 'columns', int: columns },
        { name: 'turned', int: turned },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ] as const,
    },
  ];
  const { result } = inDigits ? next : call;
  return { taken: inDigits ? 2 : 1, call: { ...call, result, operands: [x, table], functions, source } };
}

/** A constant mask, and which of its rows hide anything. */
function masked(call: PortableCall, table: Piece, constants: Constants, { site }: Surroundings): Fused | undefined {
  const [x, , mask] = call.operands as [Piece, Piece, Piece];
  const values = site.program.constants.get(String(mask.value));
  const hidden = call.attributes['hidden'] as number;
  if (values?.type.dtype !== 'u8' || hidden >= limit) return undefined;
  const { rows, columns } = rowsOf(x.type.shape);
  const hides = tensor({ dtype: 'u8', shape: [values.data.length / columns] });
  values.data.forEach((value, index) => {
    if (value !== 0) hides.data[Math.floor(index / columns)] = 1;
  });
  const name = `${site.step.name} masked rows`;
  const some: Piece = {
    value: name,
    type: { dtype: 'u8', shape: mask.type.shape.slice(0, -1) },
    advance: mask.advance / columns,
  };
  const functions = [
    {
      function: `bw_rocket_masked_softmax_${call.result.type.dtype}`,
      arguments: [
        { struct: 'bw_ivit_rows', fields: { rows, columns, ...maskedRows(x.type, mask.type) } },
        { name: 'hidden', int: hidden },
        ...[0, 1, 2, 3].map((operand) => ({ operand })),
        { result: true },
      ] as const,
    },
  ];
  return {
    taken: 1,
    call: { ...call, operands: [x, table, mask, some], functions, source },
    constants: new Map([...constants, [name, hides]]),
  };
}
