import { type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { slice } from '../../../src/operators/slice/slice.ts';
import { parseRegionName, wholeSpan } from '../../../src/program/regions.ts';

type Values = ReadonlyMap<string, Tensor>;

/** What a value of an optimised Program should be: a value of the unoptimised one, or a region of it. Undefined where that has no such value. */
function original(name: string, whole: Values): Tensor | undefined {
  const same = whole.get(name);
  if (same) return same;
  const part = parseRegionName(name);
  const full = whole.get(part?.value ?? name);
  return full?.type.shape.reduce((from, size, axis) => {
    const span = part?.spans.get(axis) ?? wholeSpan(size);
    const chosen = tensor({ dtype: from.type.dtype, shape: from.type.shape.with(axis, span.size) });
    slice.evaluate({ axis, ...span }, [from], chosen);
    return chosen;
  }, full);
}

/** Which values of an optimised run are kept of the unoptimised one, which of them differ, and which have no name there. */
export function compareKept(
  kept: Values,
  whole: Values,
): { readonly equal: string[]; readonly different: string[]; readonly unknown: string[] } {
  const found = { equal: [] as string[], different: [] as string[], unknown: [] as string[] };
  for (const [name, value] of kept) {
    const expected = original(name, whole);
    if (!expected) found.unknown.push(name);
    else if (expected.data.length === value.data.length && expected.data.every((each, at) => each === value.data[at]))
      found.equal.push(name);
    else found.different.push(name);
  }
  return found;
}
