import { bytesOf, elements, printType } from '../numeric/tensor.ts';
import { printAttributes } from '../numeric/text.ts';
import type { Operators } from '../program/operator.ts';
import type { Step } from '../program/program.ts';
import { type Code, c, comment, fields, inColumns, literal } from './c.ts';
import { cTypes } from './c-types.ts';
import { constantSymbol, constantsOf } from './constants.ts';
import { numbered } from './identifiers.ts';
import { type Body, type Kernel, kernelNamed, type Work } from './kernel.ts';
import { type Buffer, type KeptInside, type NamedPlan, type Plan, type TensorBuffer, tensorsOf } from './plan.ts';

export interface Emission<Machine> {
  readonly operators: Operators;
  readonly kernels: readonly Kernel<Machine, Work>[];
  readonly machine: Machine;
  /** Of kernels/, which the steps need beside bitwright.h. */
  readonly headers?: readonly string[];
}

/** What a network's tensors lie in: the memory of its steps, and that of a replay build. */
type Memory = 'arena' | 'replay';

const placeIn = (memory: Memory, prefix: string, { identifier }: Buffer, offset = 0): string =>
  `${prefix}${memory}.bytes[${prefix}AT_${identifier}${offset === 0 ? '' : ` + ${offset}`}]`;

const keptOf = ({ replay }: Plan, index: number): readonly KeptInside[] => replay?.kept[index] ?? [];

/** What a step computes, for a reader who does not know Bitwright. */
function describe(step: Step, operators: Operators): Code[] {
  return step.stages.flatMap(({ operator, operands, attributes }, index) => {
    const call = `${index === 0 ? '=' : '|'} ${operator}(${operands.join(', ')})${printAttributes(attributes)}`;
    return [` *   ${comment(call)}`, ` *     ${comment(operators.get(operator)!.formula)}`];
  });
}

/** One C function for one step: pointers to what it reads and writes, then what its kernel emits. `read` gains the symbols of constants. */
function emitStep<Machine>(network: NamedPlan, index: number, { operators, kernels, machine }: Emission<Machine>, read: Set<string>): Code {
  const { plan, prefix } = network;
  const [planned, step] = [plan.steps[index]!, plan.program.steps[index]!];
  const tensors = tensorsOf(plan);
  const declared = new Map<string, Code>();
  const unique = numbered([...tensors.values(), ...keptOf(plan, index)].map(({ identifier }) => identifier));
  const declare = (value: string, memory: Memory, buffer: TensorBuffer, constant: boolean): string => {
    const type = `${constant ? 'const ' : ''}${cTypes[buffer.type.dtype]} *`;
    declared.set(value, `${type}const ${buffer.identifier} = (${type})&${placeIn(memory, prefix, buffer)};`);
    return buffer.identifier;
  };
  const body: Body = {
    pointer(value) {
      const buffer = tensors.get(value);
      if (buffer) return declare(value, 'arena', buffer, value !== step.name);
      const symbol = constantSymbol(network, value);
      read.add(symbol);
      return symbol;
    },
    scratch: (offset) => `&${placeIn('arena', prefix, planned.scratch!, offset)}`,
    kept(stage) {
      const kept = keptOf(plan, index).find((inside) => inside.stage === stage);
      return kept && declare(kept.name, 'replay', kept, false);
    },
    plainName: (value) => tensors.get(value)?.identifier ?? plan.constants.get(value)!,
    local: (name) => unique(name.replaceAll('-', '_')),
  };
  const code = planned.alias
    ? `/* Nothing: the result is a stretch of ${comment(planned.alias.of)}. */`
    : kernelNamed(kernels, planned.kernel).emit(planned.work, body, machine);
  return c`
    /*
     * ${comment(`${step.name}: ${printType(step.type)}`)}
    ${describe(step, operators)}
     */
    static void ${prefix}run_${planned.result.identifier}(void)
    {
      ${[...declared.values()]}
      ${code}
    }`;
}

const lifetime = ({ first, last }: Buffer, names: readonly string[]): string =>
  first === last ? `during ${names[first]}` : `${names[first]} to ${names[last]}`;

/** A memory with a name for the place of each thing in it. */
function emitPlaces(memory: Memory, prefix: string, places: readonly (readonly [string, string])[], bytes: number): Code {
  const size = `${prefix}${memory.toUpperCase()}_BYTES`;
  return c`
    enum {
      ${inColumns(places)}
      ${size} = ${bytes}
    };

    static union {
      uint8_t bytes[${size}];
      int64_t aligned;
    } ${prefix}${memory};`;
}

/** Where each tensor lies. The memory map is ordered by address. */
function emitMemory({ plan, prefix }: NamedPlan): Code {
  const { memory, steps, program } = plan;
  const names = program.steps.map(({ name }) => name);
  const buffers = tensorsOf(plan);
  const aliases = new Map(steps.flatMap(({ result, alias }) => (alias ? [[result.identifier, alias]] : [])));
  const tensors = Array.from(buffers.values(), (buffer) => ({ buffer, text: `${buffer.name}: ${printType(buffer.type)}` }));
  const address = ({ identifier, offset }: Buffer): string => {
    const alias = aliases.get(identifier);
    return alias ? `${prefix}AT_${buffers.get(alias.of)!.identifier} + ${alias.offset}` : String(offset);
  };
  const scratch = steps.flatMap(({ scratch: buffer }) => (buffer ? [{ buffer, text: `${buffer.bytes} bytes of scratch` }] : []));
  const places = [...tensors, ...scratch].sort((a, b) => a.buffer.offset - b.buffer.offset || a.buffer.first - b.buffer.first);
  const entries = places.map(({ buffer, text }): [string, string] => [
    `${prefix}AT_${buffer.identifier} = ${address(buffer)},`,
    `/* ${comment(`${text}, ${lifetime(buffer, names)}`)} */`,
  ]);
  return c`
    /*
     * Memory. Tensors that are never needed at the same time share bytes: each has its place from the first to the last step named
     * behind it. The most that is needed at one step is ${memory.lowerBound} bytes.
     */
    ${emitPlaces('arena', prefix, entries, memory.peak)}`;
}

/** Where a replay build keeps what flows inside its steps. */
function emitReplayMemory({ plan: { replay }, prefix }: NamedPlan): Code[] {
  if (!replay?.bytes) return [];
  const entries = replay.kept
    .flat()
    .map(({ identifier, offset, name, type }): [string, string] => [
      `${prefix}AT_${identifier} = ${offset},`,
      `/* ${comment(`${name}: ${printType(type)}`)} */`,
    ]);
  return [
    c`

      /* What flows inside a step, kept until the next one runs: all that this build does beside what the firmware does. */
      ${emitPlaces('replay', prefix, entries, replay.bytes)}`,
  ];
}

const descriptor = ({ name, type }: TensorBuffer, file: string, place: Code): Code =>
  fields([
    ['name', literal(name)],
    ['file', literal(file)],
    ['dtype', literal(type.dtype)],
    ['rank', String(type.shape.length)],
    ['shape', `{${type.shape.join(', ')}}`],
    ['bytes', String(bytesOf(type))],
    ['data', `&${place}`],
  ]);

/** The file of a tensor, without directory and `.bin`. */
export const fileOf = (network: NamedPlan, { identifier }: Buffer): string => `${network.prefix}${identifier}`;

/** The tensors that a replay build keeps of each step, and their number. */
function emitReplayTables(network: NamedPlan): Code[] {
  const { plan, prefix } = network;
  if (!plan.replay?.bytes) return [];
  const named = plan.steps.map(({ result }, index) => ({ table: `${prefix}inside_${result.identifier}`, kept: keptOf(plan, index) }));
  const tables = named
    .filter(({ kept }) => kept.length > 0)
    .map(
      ({ table, kept }) => c`
      static const bw_tensor ${table}[] = {
        ${kept.map((inside) => `${descriptor(inside, fileOf(network, inside), placeIn('replay', prefix, inside))},`)}
      };`,
    );
  const entries = named.map(({ table, kept }) => (kept.length === 0 ? '{.count = 0},' : `{.count = ${kept.length}, .tensors = ${table}},`));
  const all = c`
    static const bw_inside ${prefix}insides[] = {
      ${entries}
    };
    `;
  return [[...tables, all].join('\n\n'), ''];
}

function emitTables(network: NamedPlan): Code {
  const { plan, prefix, symbol } = network;
  const { inputs, steps, program } = plan;
  const describeBuffer = (buffer: TensorBuffer): Code => descriptor(buffer, fileOf(network, buffer), placeIn('arena', prefix, buffer));
  const buffers = tensorsOf(plan);
  return c`
    static const bw_tensor ${prefix}inputs[] = {
      ${inputs.map((input) => `${describeBuffer(input)},`)}
    };

    static const bw_step ${prefix}steps[] = {
      ${steps.map(({ result }) => `{.run = ${prefix}run_${result.identifier}, .result = ${describeBuffer(result)}},`)}
    };

    static const bw_tensor ${prefix}outputs[] = {
      ${program.outputs.map((output) => `${describeBuffer(buffers.get(output)!)},`)}
    };

    ${emitReplayTables(network)}
    const bw_network ${symbol} = {
      .name = ${literal(symbol)},
      .input_count = ${inputs.length}, .step_count = ${steps.length}, .output_count = ${program.outputs.length},
      .inputs = ${prefix}inputs, .steps = ${prefix}steps, .outputs = ${prefix}outputs,
      ${plan.replay?.bytes ? [`.insides = ${prefix}insides,`] : []}
    };`;
}

const emitConstants = (network: NamedPlan, read: ReadonlySet<string>): Code[] =>
  inColumns(
    constantsOf(network, read).map(({ name, symbol, tensor: { type } }) => [
      `extern const ${cTypes[type.dtype]} ${symbol}[${elements(type.shape)}];`,
      `/* ${comment(`${name}: ${printType(type)}`)} */`,
    ]),
  );

function emitNetwork<Machine>(network: NamedPlan, emission: Emission<Machine>, read: Set<string>): Code {
  const { plan } = network;
  const steps = plan.steps.map((_, index) => emitStep(network, index, emission, read));
  return c`
    /* Constants: the bytes lie in data/, and constants.S gives them their names. */
    ${emitConstants(network, read)}

    ${emitMemory(network)}
    ${emitReplayMemory(network)}

    ${steps.join('\n\n')}

    ${emitTables(network)}`;
}

/** The C file of one or several networks; `read` gains the symbols of the constants that it reads. */
export const emitSource = <Machine>(networks: readonly NamedPlan[], emission: Emission<Machine>, read = new Set<string>()): Code => c`
  /* Generated by Bitwright from the integer program ${comment(networks.map(({ plan }) => plan.program.name).join(', '))}: one function for each step. */
  #include "bitwright.h"
  ${(emission.headers ?? []).map((header) => `#include "${header}"`)}
  #include "network.h"
  ${networks.some(({ plan }) => plan.replay?.bytes) ? ['#include "replay.h"'] : []}

  ${networks.map((network) => emitNetwork(network, emission, read)).join('\n\n')}
  `;

const quantisation = ({ plan: { program } }: NamedPlan): Code[] =>
  Array.from(
    program.inputs,
    ([name, { type, scale, lo, hi, reciprocal }]) =>
      ` *   ${comment(`${name}: ${printType(type)} = clamp(round half to even(real ${reciprocal ? '* (1 / ' : '/ '}${scale}${reciprocal ? ')' : ''}), ${lo}, ${hi})`)}`,
  );

const outputTypes = ({ plan }: NamedPlan): Code[] => {
  const tensors = tensorsOf(plan);
  return plan.program.outputs.map((name) => ` *   ${comment(`${name}: ${printType(tensors.get(name)!.type)}`)}`);
};

const emitDeclaration = (network: NamedPlan): Code => c`
  /*
   * ${comment(network.plan.program.name)}
   * inputs:
  ${quantisation(network)}
   * outputs:
  ${outputTypes(network)}
   */
  extern const bw_network ${network.symbol};`;

/** The header of one or several networks. */
export const emitHeader = (networks: readonly NamedPlan[]): Code => c`
  #ifndef NETWORK_H
  #define NETWORK_H

  #include "firmware.h"

  ${networks.map(emitDeclaration).join('\n\n')}

  #endif
  `;
