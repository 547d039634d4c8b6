/** The lines of a text that another does not have, whose own all stand in it in their order; an error names the first that does not. */
export function addedTo(less: string, more: string): readonly string[] {
  const expected = less.split('\n');
  const added: string[] = [];
  let next = 0;
  for (const line of more.split('\n')) {
    if (line === expected[next]) next++;
    else added.push(line);
  }
  if (next < expected.length) throw new Error(`line ${next + 1} is not where it was: ${expected[next]}`);
  return added;
}
