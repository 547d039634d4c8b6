import { elements, type Tensor } from '../../numeric/tensor.ts';
import { type Code, c, fields } from '../c.ts';
import { cTypes } from '../c-types.ts';
import { type Body, defineKernel, type Kernel, type Site, type Work } from '../kernel.ts';
import { emitSegment, type Portable } from '../portable.ts';
import { leadFrom, placesBehind, withinArray } from './behind.ts';
import { sourcesBehind } from './bytes.ts';
import { type Preparation, preparationCycles } from './contracted.ts';
import { emitPreparations } from './emit.ts';
import type { GemminiMachine } from './machine.ts';
import { arraySources } from './sources.ts';
import { pipeBehind, typeAfter } from './sums.ts';

/** By fields of C structures: those of a structure within another one are `outer.inner`. */
type Fields<T> = { readonly [field: string]: T };

/** Fields of a structure within another one. */
export const inside = <T>(outer: string, inner: Fields<T>): Fields<T> =>
  Object.fromEntries(Object.entries(inner).map(([field, value]) => [`${outer}.${field}`, value]));

/** What a kernel says of the C function that does the first calls of a step as a whole. */
export interface Routine {
  /** So many calls. */
  readonly taken: number;
  /** Rows of its results, one behind the other. */
  readonly rows: number;
  readonly shape: Fields<number>;
  readonly preparations: readonly Preparation[];
  /** Values of the Program by their names, and what is prepared by its number. */
  readonly operands: Fields<string | number>;
  /** What the Program does not have. */
  readonly constants: Fields<Tensor>;
  /** Bytes of memory that it needs meanwhile. */
  readonly buffers: Fields<number>;
  /** What elements are in C, where that is not the value's own type, or int8_t in such memory. */
  readonly types?: Fields<string>;
  /** Its own, without preparations. */
  readonly cycles: number;
}

/** That with its places. */
export interface RoutineWork extends Pick<Routine, 'shape' | 'preparations' | 'cycles'> {
  readonly scratch: Work['scratch'];
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly operands: Fields<Pointer>;
  readonly prepared: readonly number[];
  /** All results of the function, and how many there are. */
  readonly results: Pointer;
  readonly count: number;
  /** What follows, for the core; stage 0 is what the function has made. */
  readonly rest: Portable | undefined;
}

/** Where something lies: a value by its name, or an offset in the scratch memory. */
interface Pointer {
  readonly to: string | number;
  readonly type?: string | undefined;
}

/** Completes what a kernel says of a routine by memory, what follows it, and its price. */
export function routineWork(site: Site, routine: Routine, machine: GemminiMachine): RoutineWork {
  const { taken, rows, shape, preparations, operands, constants, buffers, types = {}, cycles } = routine;
  const { name, stages } = site.step;
  const type = typeAfter(site, taken);
  const count = elements(type.shape);
  const behind = stages.length > taken ? pipeBehind(site, rows, taken, machine) : undefined;
  const rest = behind?.rest;

  const sizes = preparations.flatMap(({ results }) => results);
  const { scratch, own, results } = placesBehind(rest, count, [...sizes, ...Object.values(buffers)]);
  const prepared = own.slice(0, sizes.length);
  const constantOf = (field: string): string => `${name} ${field} for the array`;
  const places: (readonly [string, string | number])[] = [
    ...Object.entries(operands).map(([field, operand]) => [field, typeof operand === 'number' ? prepared[operand]! : operand] as const),
    ...Object.keys(constants).map((field) => [field, constantOf(field)] as const),
    ...Object.keys(buffers).map((field, index) => [field, own[sizes.length + index]!] as const),
  ];
  return {
    ...{ scratch, shape, preparations, prepared, count, rest },
    operands: Object.fromEntries(places.map(([field, to]) => [field, { to, type: types[field] }])),
    constants: new Map([
      ...Object.entries(constants).map(([field, constant]) => [constantOf(field), constant] as const),
      ...(behind?.constants ?? []),
    ]),
    results: { to: results ?? name, type: rest && cTypes[type.dtype] },
    cycles: cycles + preparationCycles(preparations, machine) + (rest ? (rest.elements - count) * machine.cyclesPerElement : 0),
  };
}

/** The C function of a kernel: it is given a shape and operands, `file` of kernels/gemmini/ naming it and both structures. */
interface Declared {
  readonly name: string;
  readonly file: string;
  readonly function: string;
  /** Undefined where it does not do the step. */
  work(site: Site, machine: GemminiMachine): RoutineWork | undefined;
}

/** A kernel that does the first calls of a step by one C function, and leaves the others to the core. */
export const defineRoutine = ({ name, file, function: called, work }: Declared): Kernel<GemminiMachine, Work> =>
  defineKernel<GemminiMachine, RoutineWork>({
    name,

    *works(site, machine) {
      const found = site.apart ? undefined : work(site, machine);
      if (found) yield found;
    },

    cycles: ({ cycles }) => cycles,
    sources: ({ preparations, rest }) => [
      ...(preparations.length > 0 ? arraySources : []),
      `gemmini/${file}.c`,
      ...(rest ? sourcesBehind(rest.segments) : []),
    ],
    emit: (found, body) => emit(found, body, file, called),
    within: ({ rest }, stage) => withinArray(rest, stage),
  });

function address({ to, type }: Pointer, body: Body): Code {
  if (typeof to === 'number') return `(${type ?? 'int8_t'} *)${body.scratch(to)}`;
  return type === undefined ? body.pointer(to) : `(${type} *)${body.pointer(to)}`;
}

function emit(work: RoutineWork, body: Body, file: string, called: string): Code {
  const { shape, operands, results, count, rest } = work;
  const [shapeName, operandsName] = [body.local(file), body.local('operands')];
  const y = address(results, body);
  const described = fields(Object.entries(shape).map(([field, value]) => [field, String(value)]));
  const given = fields([...Object.entries(operands).map(([field, pointer]): [string, Code] => [field, address(pointer, body)]), ['y', y]]);
  return c`
    ${emitPreparations(work, body)}
    static const bw_gemmini_${file} ${shapeName} = ${described};
    const bw_gemmini_${file}_operands ${operandsName} = ${given};
    ${called}(&${shapeName}, &${operandsName});
    ${(rest?.segments ?? []).map((segment, index) => emitSegment(segment, rest!, body, index === 0 ? leadFrom(rest!, y, count) : undefined))}`;
}
