import { bytesOf, elements, type TensorType } from '../numeric/tensor.ts';
import type { KernelArgument, KernelCall, Operators } from '../program/operator.ts';
import { cutPipe, isUnchanged, type PartCall, type Piece, placeScratch, type Segment } from '../program/pipe.ts';
import type { Step } from '../program/program.ts';
import { type Code, c, call, fields, float, integer } from './c.ts';
import { cTypes, viewType } from './c-types.ts';
import { type Body, defineKernel, type Work } from './kernel.ts';

/** What a core needs for the loops of kernels/, roughly. */
export interface Core {
  readonly cyclesPerMac: number;
  readonly cyclesPerElement: number;
}

export interface PortableCall extends PartCall {
  readonly functions: readonly KernelCall[];
  /** The file of kernels/ that defines the functions, where their names do not tell. */
  readonly source?: string;
  /** The operand over which the functions may write their result, element by element. */
  readonly over?: number;
  /** The result is the first operand under another shape. */
  readonly unchanged?: true;
  /** The result may lie where the first operand does. */
  readonly inPlace?: boolean;
  /** What an element takes of what one takes otherwise. */
  readonly share?: number;
  /** A part's result is spread over the whole, which is there after the last part. */
  readonly scattered?: true;
}

export interface PortableSegment extends Segment {
  readonly calls: readonly PortableCall[];
}

/** The step as calls of C functions, segment by segment. */
export interface Portable extends Work {
  readonly segments: readonly PortableSegment[];
  /** Calls of the step that come before the pipe's stage 0. */
  readonly before: number;
  /** Where in the scratch memory each stage's result lies, by the stage's number. */
  readonly places: ReadonlyMap<string, number>;
  readonly macs: number;
  readonly elements: number;
}

/** The file of kernels/ that defines a function: its name without the prefix and the dtypes at the end. */
const sourceOf = (name: string): string => `${name.replace(/^bw_/, '').replace(/(_[iuf](8|16|32))+$/, '')}.c`;

/** A step as calls of the functions of kernels/. */
export function portably(step: Step, types: ReadonlyMap<string, TensorType>, operators: Operators): Portable {
  const segments = cutPipe(step, types, operators);
  const { offsets, peak } = placeScratch(segments);
  let macs = 0;
  let count = 0;
  const called = segments.map(({ parts, calls }) => ({
    parts,
    calls: calls.map((call): PortableCall => {
      const operator = operators.get(call.operator)!;
      const operands = call.operands.map(({ type }) => type);
      macs += parts * (operator.macs?.(call.attributes, operands, call.result.type) ?? 0);
      count += parts * elements(call.result.type.shape);
      const unchanged = isUnchanged(operator, call.attributes, operands, call.result.type);
      const functions = operator.kernel(call.attributes, operands, call.result.type);
      return { ...call, functions, ...(unchanged && { unchanged }) };
    }),
  }));
  return { scratch: peak, segments: called, before: 0, places: offsets, macs, elements: count };
}

/** The pipe without copies: what only gets another shape is made where it is wanted under that one. */
export function withoutCopies(pipe: Portable): Portable {
  const read = pipe.segments.flatMap(({ calls }) => calls.flatMap(({ operands }) => operands.map(({ value }) => value)));
  const readOnce = (value: string | number): boolean => read.indexOf(value) === read.lastIndexOf(value);
  const segments = pipe.segments.map(({ parts, calls }) => {
    const kept: PortableCall[] = [];
    for (const call of calls) {
      const before = kept.at(-1);
      const follows = before !== undefined && before.functions.length > 0 && before.result.value === call.operands[0]?.value;
      if (call.unchanged && follows && readOnce(before.result.value)) {
        const { value, advance } = call.result;
        kept[kept.length - 1] = { ...before, result: { ...before.result, value, advance } };
      } else kept.push(call);
    }
    return { parts, calls: kept };
  });
  const { offsets, peak } = placeScratch(segments);
  return { ...pipe, segments, places: offsets, scratch: peak };
}

/** The files of kernels/ that the calls need. */
export const sourcesOf = (segments: readonly PortableSegment[]): string[] =>
  segments.flatMap(({ calls }) =>
    calls.flatMap(({ functions, source }) => (source ? [source] : functions.map((call) => sourceOf(call.function)))),
  );

/** The portable C99 kernels: they take every step of every Program. */
export const portable = defineKernel<Core, Portable>({
  name: 'portable',

  *works({ step, types, operators }) {
    yield withoutCopies(portably(step, types, operators));
  },

  cycles: ({ macs, elements: count }, { cyclesPerMac, cyclesPerElement }) => macs * cyclesPerMac + count * cyclesPerElement,

  sources: ({ segments }) => sourcesOf(segments),

  emit: (pipe, body) => pipe.segments.map((segment) => emitSegment(segment, pipe, body)).join('\n\n'),

  within: withinPipe,
});

/** The C function that computes the result of a call together with calls behind it; undefined where the result lies in memory. */
export function withinPipe({ segments, before }: Portable, stage: number): string | undefined {
  const calls = segments.flatMap((segment) => segment.calls);
  if (calls.some(({ result }) => result.value === stage - before)) return undefined;
  const taking = calls.find(({ result }) => typeof result.value === 'string' || result.value > stage - before);
  return taking?.functions.map((call) => call.function).join(', ');
}

/** The statement of a replay build by which the result of a call is kept, one part or the whole; none in every other build. */
export function keep(stage: number, body: Body, bytes: number, from: () => Code, behind = ''): Code[] {
  const kept = body.kept(stage);
  return kept === undefined ? [] : [call('bw_keep', [`${kept}${behind}`, from(), String(bytes)])];
}

/** The declarations that the calls of a segment need, in the order in which they were asked for. */
class Declarations {
  readonly #pointers: Code[] = [];
  readonly #structs: Code[] = [];
  readonly #numbers: Code[] = [];
  readonly #body: Body;
  readonly #advances = new Map<string, string>();

  constructor(body: Body) {
    this.#body = body;
  }

  print(): Code {
    const numbers = this.#numbers.length > 0 ? [`enum { ${this.#numbers.join(', ')} };`] : [];
    return [...this.#pointers, ...this.#structs, ...numbers].join('\n');
  }

  pointer(type: string, name: string, address: Code): string {
    const local = this.#body.local(name);
    this.#pointers.push(`${type} *const ${local} = (${type} *)${address};`);
    return local;
  }

  struct(type: string, name: string, values: { readonly [field: string]: number | readonly number[] }): string {
    const local = this.#body.local(name);
    const entries = Object.entries(values).map(([field, value]): [string, string] => [
      field,
      typeof value === 'number' ? integer(value) : `{${value.map(integer).join(', ')}}`,
    ]);
    this.#structs.push(`static const ${type} ${local} = ${fields(entries)};`);
    return `&${local}`;
  }

  float(name: string, value: number): string {
    const local = this.#body.local(name);
    this.#structs.push(`static const float ${local} = ${float(value)};`);
    return local;
  }

  number(name: string, value: number): string {
    const local = this.#body.local(name);
    this.#numbers.push(`${local} = ${integer(value)}`);
    return local;
  }

  /** How far one part of a value is from the next, by one name wherever the value stands. */
  advance(name: string, elements: number): string {
    const key = `${name} ${elements}`;
    const known = this.#advances.get(key) ?? this.number(`${name}_part`, elements);
    this.#advances.set(key, known);
    return known;
  }
}

/** What a kernel changes of a segment that something else begins. */
export interface Lead {
  /** The C address of what it has made for one part, by the stage's number. */
  readonly made: ReadonlyMap<number, Code>;
  /** The loop over the parts, `part` counting them: `count` is the name of their number, a declaration of its own stands before. */
  loop(count: string, statements: readonly Code[]): Code;
}

/** The loop over a segment's parts, or its calls where it has but one. */
export function emitSegment(
  { parts, calls }: PortableSegment,
  { places, before }: Pick<Portable, 'places' | 'before'>,
  body: Body,
  lead?: Lead,
): Code {
  const declarations = new Declarations(body);
  const count = parts === 1 ? '' : declarations.number('parts', parts);
  const scratch = new Map<number, string>();

  const base = ({ value, type }: Piece): string => {
    if (typeof value === 'string') return body.pointer(value);
    const made = lead?.made.get(value);
    if (made !== undefined) return made;
    const local = scratch.get(value) ?? declarations.pointer(cTypes[type.dtype], 'scratch', body.scratch(places.get(String(value))!));
    scratch.set(value, local);
    return local;
  };
  /** Of the part in question, where the piece has parts. */
  const address = (piece: Piece): string => {
    const { value, advance } = piece;
    if (advance <= 1) return advance === 0 ? base(piece) : `${base(piece)} + part`;
    const name = typeof value === 'string' ? body.plainName(value) : base(piece);
    return `${base(piece)} + part * ${declarations.advance(name, advance)}`;
  };

  const keepPart = ({ result, scattered }: PortableCall): Code[] => {
    if (typeof result.value === 'string' || scattered) return [];
    const behind = parts === 1 ? '' : ` + part * ${elements(result.type.shape)}`;
    return keep(result.value + before, body, bytesOf(result.type), () => address(result), behind);
  };
  const keepScattered = ({ result, scattered }: PortableCall): Code[] =>
    typeof result.value === 'string' || !scattered
      ? []
      : keep(result.value + before, body, parts * bytesOf(result.type), () => address(result));

  const statements = calls.flatMap((call) => [
    ...call.functions.map((kernelCall) => emitCall(kernelCall, call, declarations, address, body)),
    ...keepPart(call),
  ]);
  if (parts === 1) return [declarations.print(), ...statements].filter((code) => code !== '').join('\n');
  const loop =
    lead?.loop(count, statements) ??
    c`
      for (int32_t part = 0; part < ${count}; part++) {
        ${statements}
      }`;
  const after = calls.flatMap(keepScattered);
  return c`
    ${declarations.print()}
    ${loop}
    ${after}`;
}

/** One call; an array of views needs a statement of its own before it. */
function emitCall(
  kernelCall: KernelCall,
  { operator, operands, result }: PartCall,
  declarations: Declarations,
  address: (piece: Piece) => string,
  body: Body,
): Code {
  const before: Code[] = [];
  const print = (argument: KernelArgument): string => {
    if ('operand' in argument) return address(operands[argument.operand]!);
    if ('result' in argument) return address(result);
    if ('int' in argument) return declarations.number(argument.name, argument.int);
    if ('float' in argument) return declarations.float(argument.name, argument.float);
    if ('struct' in argument) return declarations.struct(argument.struct, operator, argument.fields);
    const local = body.local('views');
    const views = argument.views.map((index) => {
      const piece = operands[index]!;
      return `{.data = ${address(piece)}, .type = ${viewType(piece.type.dtype)}},`;
    });
    before.push(c`
      const bw_view ${local}[] = {
        ${views}
      };`);
    return local;
  };
  const statement = call(kernelCall.function, kernelCall.arguments.map(print));
  return [...before, statement].join('\n');
}
