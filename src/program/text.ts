import { BadInput } from '../errors.ts';
import { printType, type Tensor } from '../numeric/tensor.ts';
import { parseApplication, parseTensor, parseType, printAttributes, printTensor, type Store, TextError } from '../numeric/text.ts';
import type { Call, Program, ProgramInput, Step } from './program.ts';

const printCall = ({ operator, operands, attributes }: Call): string => `${operator}(${operands.join(', ')})${printAttributes(attributes)}`;

const printInput = (name: string, { type, source, scale, lo, hi, reciprocal }: ProgramInput): string =>
  `input ${name}: ${printType(type)} = quantise(${source})${printAttributes({ scale, lo, hi, ...(reciprocal && { reciprocal }) })}`;

const printStep = ({ name, type, stages }: Step): string => `${name}: ${printType(type)} = ${stages.map(printCall).join('\n    | ')}`;

/** The text form of a Program, which parseProgram reads back: inputs, constants, steps with their epilogues behind `|`, outputs. */
export function printProgram(program: Program, store: Store): string {
  return [
    `program ${program.name}`,
    ...[...program.inputs].map(([name, input]) => printInput(name, input)),
    ...[...program.constants].map(([name, constant]) => `const ${name}: ${printType(constant.type)} = ${printTensor(constant, store)}`),
    ...program.steps.map(printStep),
    `output ${program.outputs.join(', ')}`,
    '',
  ].join('\n');
}

function parseCall(text: string): Call {
  const { name, operands, attributes } = parseApplication(text);
  return { operator: name, operands, attributes };
}

function parseInput(type: string, body: string): ProgramInput {
  const { operands, attributes } = parseApplication(body);
  const { scale, lo, hi, reciprocal } = attributes;
  if (typeof scale !== 'number' || typeof lo !== 'number' || typeof hi !== 'number' || operands.length !== 1) {
    throw new TextError(`"${body}" is no input such as quantise(x) scale=0.1 lo=-128 hi=127`);
  }
  return { type: parseType(type), source: operands[0]!, scale, lo, hi, ...(reciprocal === true && { reciprocal }) };
}

/** One line taken apart: `keyword subject: type = body`, each part but the subject being absent in some lines. */
interface Line {
  readonly keyword: string;
  readonly subject: string;
  readonly type: string;
  readonly body: string;
}

function parseLine(line: string): Line {
  const heading = /^(program|output) (.+)$/.exec(line);
  if (heading) return { keyword: heading[1]!, subject: heading[2]!, type: '', body: '' };
  const definition = /^(?:(input|const) )?(\S+): (\S+) = (.+)$/.exec(line);
  if (!definition) throw new TextError(`"${line}" is no line of a program`);
  return { keyword: definition[1] ?? 'step', subject: definition[2]!, type: definition[3]!, body: definition[4]! };
}

/** Reads what printProgram prints. A BadInput names the line that is wrong; whether the Program can run is verifyProgram's to say. */
export function parseProgram(text: string, store: Store): Program {
  const inputs = new Map<string, ProgramInput>();
  const constants = new Map<string, Tensor>();
  const steps: Step[] = [];
  let outputs: readonly string[] = [];
  let name = '';
  const readers: Readonly<Record<string, (line: Line) => void>> = {
    program: ({ subject }) => {
      name = subject;
    },
    input: ({ subject, type, body }) => inputs.set(subject, parseInput(type, body)),
    const: ({ subject, type, body }) => constants.set(subject, parseTensor(body, parseType(type), store)),
    step: ({ subject, type, body }) => steps.push({ name: subject, type: parseType(type), stages: body.split(' | ').map(parseCall) }),
    output: ({ subject }) => {
      outputs = subject.split(', ');
    },
  };
  const lines = text.replace(/\n\s+\|/g, ' |').split('\n');
  for (const line of lines.filter((candidate) => candidate.trim() !== '')) {
    try {
      const parsed = parseLine(line);
      readers[parsed.keyword]!(parsed);
    } catch (error) {
      if (!(error instanceof TextError || error instanceof RangeError)) throw error;
      throw new BadInput({
        where: 'program text',
        found: `a line that cannot be read (${error.message})`,
        expected: 'program, input, const, output or "name: type = operator(...)"',
        remedy: 'print it again with bitwright show',
      });
    }
  }
  return { name, inputs, constants, steps, outputs };
}
