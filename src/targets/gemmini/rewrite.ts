import { digitMatmul } from '../../operators/digits/digit-matmul.ts';
import { digits, masks } from '../../operators/digits/digits.ts';
import { matmul } from '../../operators/matmul/matmul.ts';
import { valueTypes } from '../../program/lifetimes.ts';
import type { Known, Operators } from '../../program/operator.ts';
import type { Call, Program, Step } from '../../program/program.ts';
import { verifyProgram } from '../../program/verify.ts';

/** What the array multiplies must be int8: 16 bits are two digits to it. */
const wide: ReadonlySet<string> = new Set(['i16', 'u16']);

/** Every call of a Program that reads a value. */
const readersOf = ({ steps }: Program, name: string): Call[] =>
  steps.flatMap(({ stages }) => stages.filter(({ operands }) => operands.includes(name)));

/** One bit of 16 is the sign of a signed value, and always 0 below 2^15: the high byte is a digit as it is. */
const maskOf = ({ type, range }: Known): number => (type.dtype === 'i16' || range.high < 2 ** 15 ? masks.low : masks.both);

/**
 * The same Program with every step that holds 16 bits and is read only as the left operand of products kept in digits, which the array reads as
 * they lie in memory. Outputs stay what they are; a step in digits has another name, for it has other integers.
 */
export function inDigits(program: Program, operators: Operators): Program {
  const types = valueTypes(program);
  const multiplied = ({ operator, operands: [a, b], attributes }: Call, name: string): boolean =>
    operator === matmul.name && attributes['transpose'] === false && a === name && types.get(b!)!.dtype === 'i8';
  const chosen = program.steps.filter(({ name, type }) => {
    const readers = wide.has(type.dtype) && !program.outputs.includes(name) ? readersOf(program, name) : [];
    return readers.length > 0 && readers.every((reader) => multiplied(reader, name)) && !types.has(inDigitsName(name));
  });
  if (chosen.length === 0) return program;

  const known = verifyProgram(program, operators);
  const turned = new Map(chosen.map(({ name }) => [name, maskOf(known.get(name)!)]));
  const steps = program.steps.map(({ name, type, stages }): Step => {
    const calls = stages.map((call): Call => {
      const [a, ...others] = call.operands;
      const mask = a === undefined ? undefined : turned.get(a);
      return mask === undefined ? call : { operator: digitMatmul.name, operands: [inDigitsName(a!), ...others], attributes: { mask } };
    });
    const mask = turned.get(name);
    if (mask === undefined) return { name, type, stages: calls };
    return { name: inDigitsName(name), type, stages: [...calls, { operator: digits.name, operands: [], attributes: { mask } }] };
  });
  return { ...program, steps };
}

/** The steps of a Program that a rewritten one keeps in digits: each is the digits of those, for twice is nothing. */
export const fromDigits = ({ steps }: Program, rewritten: Program): readonly Step[] =>
  steps.flatMap(({ name, type }): Step[] => {
    const kept = rewritten.steps.find((step) => step.name === inDigitsName(name));
    const last = kept?.stages.at(-1);
    return kept && last?.operator === digits.name ? [{ name, type, stages: [{ ...last, operands: [kept.name] }] }] : [];
  });

const inDigitsName = (name: string): string => `${name}.digits`;
