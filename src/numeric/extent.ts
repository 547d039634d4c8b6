/** The least and greatest of some numbers; (Infinity, -Infinity) of none. */
export function extent(data: Iterable<number>): { readonly low: number; readonly high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
