/** Lines of C without a margin of their own and without a newline at the end. */
export type Code = string;

/** What may stand in a hole: `undefined` does not compile. Several blocks stand below each other. */
export type Hole = string | number | readonly Code[];

const print = (hole: Hole): string => (typeof hole === 'object' ? hole.join('\n') : String(hole));
const isBlank = (line: string): boolean => line.trim() === '';

/**
 * C code from a template: its own margin goes, a pasted block gets the margin of the line where it stands, and a line that is nothing but
 * empty holes goes too. Backslashes are C's.
 */
export function c(template: TemplateStringsArray, ...holes: readonly Hole[]): Code {
  const lines = template.raw.join('\0').split('\n');
  if (lines.length > 1 && isBlank(lines[0]!)) lines.shift();
  if (lines.length > 1 && isBlank(lines.at(-1)!)) lines.pop();
  const margin = Math.min(...lines.filter((line) => !isBlank(line)).map((line) => line.length - line.trimStart().length));
  let next = 0;
  const filled = lines.flatMap((line) => {
    const own = line.slice(margin);
    const indentation = ' '.repeat(own.length - own.trimStart().length);
    const text = own.replaceAll('\0', () => print(holes[next++]!).replaceAll(/\n(?=[^\n])/g, `\n${indentation}`));
    return own.includes('\0') && isBlank(text) ? [] : [text];
  });
  return filled.join('\n');
}

/** The text of a comment; what would end it early is taken apart. */
export const comment = (text: string): string =>
  text
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replaceAll(/[\r\n]+/g, ' ');

/** A string literal. Question marks are escaped against trigraphs. */
export function literal(text: string): string {
  const escaped = Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return byte >= 0x20 && byte < 0x7f && !'"\\?'.includes(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/** An int32_t constant. The least one cannot be written as a number: -2147483648 negates what no int holds. */
export function integer(value: number): string {
  if (value === -(2 ** 31)) return 'INT32_MIN';
  return value === 2 ** 31 - 1 ? 'INT32_MAX' : String(value);
}

/** A float constant, exact: nine decimal digits tell any two float32 apart. */
export const float = (value: number): string => `${Math.fround(value).toExponential(8)}f`;

/** Two columns, the second one aligned unless a first entry is very long. */
export function inColumns(lines: readonly (readonly [left: string, right: string])[], limit = 60): Code[] {
  const width = Math.max(0, ...lines.map(([left]) => left.length).filter((length) => length <= limit));
  return lines.map(([left, right]) => `${left.padEnd(width)} ${right}`);
}

/** A call as a statement: on one line if it fits, else an argument to a line. */
export const call = (name: string, values: readonly string[], width = 116): Code => {
  const line = `${name}(${values.join(', ')});`;
  if (line.length <= width) return line;
  return c`
    ${name}(
      ${values.map((value, index) => `${value}${index === values.length - 1 ? '' : ','}`)}
    );`;
};

/** A designated initialiser: the fields on one line if they fit, else a few to a line. */
export function fields(entries: readonly (readonly [name: string, value: string])[], width = 100): Code {
  const lines: string[] = [];
  for (const [name, value] of entries) {
    const field = `.${name} = ${value},`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + field.length <= width) lines[lines.length - 1] = `${last} ${field}`;
    else lines.push(field);
  }
  const [only] = lines;
  if (lines.length === 1) return `{${only!.slice(0, -1)}}`;
  return c`
    {
      ${lines}
    }`;
}
