import type { Parameters } from './parameters.ts';

/** How many modules `<prefix>.0`, `<prefix>.1`, ... there are. */
export function blockCount({ names }: Parameters, prefix: string): number {
  const start = `${prefix}.`;
  const numbers = names.filter((name) => name.startsWith(start)).map((name) => Number(name.slice(start.length).split('.')[0]));
  return Math.max(-1, ...new Set(numbers.filter(Number.isInteger))) + 1;
}

/** The side of a square of so many positions. */
export function squareRoot(parameters: Parameters, name: string, positions: number): number {
  const side = Math.round(Math.sqrt(positions));
  if (side < 1 || side * side !== positions)
    parameters.refuse(name, `${positions} positions`, 'those of a square image', 'use square images');
  return side;
}
