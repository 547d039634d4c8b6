import { bytesOf } from '../../numeric/tensor.ts';
import { type Code, c, call, fields } from '../c.ts';
import { cTypes } from '../c-types.ts';
import type { Body } from '../kernel.ts';
import { emitSegment, keep, type Lead, type PortableCall } from '../portable.ts';
import type { Matrix, Preparation, Term } from './contracted.ts';
import type { GemminiMachine } from './machine.ts';
import type { Scaling } from './scaler/uniform.ts';
import type { ArrayWork } from './work.ts';

/** The C names of what a step's function declares for the array. */
interface Names {
  readonly products: readonly { readonly shape: string; readonly terms: string; readonly sums: string }[];
}

/** The body of a step whose products the array computes while the core does with the rows before them what the pipe says. */
export function emitArrayWork(work: ArrayWork, body: Body, { gemmini: { dim } }: GemminiMachine): Code {
  const { rest, allRows, chunk, products, columns, transposed } = work;
  const [first, ...others] = rest.segments;
  const { value } = first!.calls[0]!.result;
  const result = typeof value === 'string' ? value : undefined;
  const names: Names = {
    products: products.map((_, index) => {
      const digit = products.length === 1 ? '' : ['high_', 'low_'][index]!;
      return { shape: body.local(`${digit}product`), terms: body.local(`${digit}terms`), sums: body.local(`${digit}sums`) };
    }),
  };
  const preparations = emitPreparations(work, body);
  const declarations = products.map((terms, index) => emitProduct(work, terms, index, { names, body, dim, result }));
  const configured = `gemmini_configure_products(${transposed ? 'GEMMINI_RIGHT_TURNED' : 'GEMMINI_AS_STORED'});`;
  const low = names.products.at(-1)!;
  const begin = (row: string, count: string, turn: string): Code[] =>
    names.products.map(({ shape, terms, sums }) => `bw_gemmini_begin(&${shape}, ${terms}, ${row}, ${count}, ${sums}[${turn}]);`);
  const join = (count: string, turn: string): Code[] => {
    const [high] = names.products;
    return names.products.length === 1 ? [] : [`bw_gemmini_join((${count}) * ${columns}, ${high!.sums}[${turn}], ${low.sums}[${turn}]);`];
  };

  if (chunk === allRows) {
    const lead = first!.parts === 1 ? undefined : whole(low.sums, allRows / first!.parts, columns);
    const [{ result: sums }] = first!.calls as [PortableCall];
    const kept = (): Code[] =>
      typeof sums.value === 'string' ? [] : keep(rest.before, body, first!.parts * bytesOf(sums.type), () => `${low.sums}[0]`);
    const calls = first!.calls.length === 1 ? kept() : emitSegment(first!, rest, body, lead);
    return c`
      ${preparations}
      ${declarations}
      ${configured}
      ${begin('0', String(allRows), '0')}
      gemmini_fence();
      ${join(String(allRows), '0')}
      ${calls}
      ${others.map((segment) => emitSegment(segment, rest, body))}`;
  }

  const part = allRows / first!.parts;
  const [rows, row, turn] = [body.local('rows'), body.local('row'), body.local('turn')];
  const [all, step] = [body.local('all_rows'), body.local('chunk')];
  const streamed = emitSegment(first!, rest, body, {
    made: new Map([[0, `${low.sums}[${turn}] + (part * ${part} - ${row}) * ${columns}`]]),
    loop: (_, statements) => c`
      ${begin('0', step, '0')}
      for (int32_t ${row} = 0, ${turn} = 0; ${row} < ${all}; ${row} += ${step}, ${turn} = 1 - ${turn}) {
        const int32_t ${rows} = ${all} - ${row} < ${step} ? ${all} - ${row} : ${step}, left = ${all} - ${row} - ${rows};
        gemmini_fence();
        if (left > 0) {
          ${begin(`${row} + ${step}`, `left < ${step} ? left : ${step}`, `1 - ${turn}`)}
        }
        ${join(rows, turn)}
        for (int32_t part = ${row} / ${part}; part < (${row} + ${rows}) / ${part}; part++) {
          ${statements}
        }
      }`,
  });
  return c`
    ${preparations}
    ${declarations}
    ${configured}
    enum { ${all} = ${allRows}, ${step} = ${chunk} }; /* the array computes the rows of a chunk while the core has those before */
    ${streamed}
    ${others.map((segment) => emitSegment(segment, rest, body))}`;
}

/** All sums are there before the first part of so many rows. */
const whole = (sums: string, rows: number, columns: number): Lead => ({
  made: new Map([[0, `${sums}[0] + part * ${rows * columns}`]]),
  loop: (count, statements) => c`
    for (int32_t part = 0; part < ${count}; part++) {
      ${statements}
    }`,
});

const scratch = (offset: number, body: Body): Code => `(int8_t *)${body.scratch(offset)}`;

/** What is done before the products begin, one statement behind the other. */
export function emitPreparations({ preparations, prepared }: Pick<ArrayWork, 'preparations' | 'prepared'>, body: Body): Code[] {
  let next = 0;
  return preparations.map((preparation) => {
    const { operand } = preparation;
    const from = typeof operand === 'string' ? body.pointer(operand) : scratch(prepared[operand]!, body);
    const results = preparation.results.map(() => scratch(prepared[next++]!, body));
    return emitPreparation(preparation, [from, ...results], body);
  });
}

function emitPreparation({ function: name, begins, struct, numbers = {} }: Preparation, places: readonly Code[], body: Body): Code {
  const local = struct && body.local('shape');
  const declared = struct
    ? [`static const ${struct.type} ${local} = ${fields(Object.entries(struct.fields).map(([key, value]) => [key, String(value)]))};`]
    : [];
  const values = [...(local ? [`&${local}`] : []), ...Object.values(numbers).map(String), ...places];
  return [...declared, call(name, values), ...(begins ? ['gemmini_fence();'] : [])].join('\n');
}

const scaledFields = ({ multiplier, relu }: Scaling): [string, string][] => [
  ['scaled', '1'],
  ['scale', `0x${new Uint32Array(Float32Array.of(multiplier).buffer)[0]!.toString(16)} /* ${multiplier} */`],
  ['from_zero', relu ? '1' : '0'],
];

interface Emitted {
  readonly names: Names;
  readonly body: Body;
  readonly dim: number;
  readonly result: string | undefined;
}

function emitProduct(work: ArrayWork, terms: readonly Term[], index: number, { names, body, dim, result }: Emitted): Code {
  const { rows, columns, transposed = false, bias, scaling, products, tiling, prepared } = work;
  const { shape, terms: termsName, sums } = names.products[index]!;
  const address = ({ base, offset = 0 }: Matrix): Code => {
    const start = typeof base === 'string' ? `(const int8_t *)${body.pointer(base)}` : scratch(prepared[base]!, body);
    return offset === 0 ? start : `${start} + ${offset}`;
  };
  const described = fields([
    ['rows', String(rows)],
    ['columns', String(columns)],
    ['terms', String(terms.length)],
    ['transposed', transposed ? '1' : '0'],
    ...(bias === undefined || index < products.length - 1 ? [] : [['initial', body.pointer(bias)] as const]),
    ...(scaling === undefined ? [] : scaledFields(scaling)),
    ['dim_bits', String(Math.log2(dim))],
    ['tile_rows', String(tiling.rows)],
    ['tile_columns', String(tiling.columns)],
    ['tile_depth', String(tiling.depth)],
  ]);
  const places = work.sums[index]!;
  const type = scaling === undefined ? 'int32_t' : cTypes[scaling.relu ? 'u8' : 'i8'];
  const buffers =
    places.length === 0 ? [`(${type} *)${body.pointer(result!)}`] : places.map((offset) => `(${type} *)${body.scratch(offset)}`);
  return c`
    static const bw_gemmini_product ${shape} = ${described};
    const bw_gemmini_term ${termsName}[] = {
      ${terms.map(({ left, right, depth }) => {
        const described = fields([
          ['left', address(left)],
          ['right', address(right)],
          ['depth', String(depth)],
          ['left_stride', String(left.stride)],
          ['right_stride', String(right.stride)],
          ['left_group', String(left.group ?? 0)],
          ['right_group', String(right.group ?? 0)],
        ]);
        return `${described},`;
      })}
    };
    ${type} *const ${sums}[] = {${buffers.join(', ')}};`;
}
