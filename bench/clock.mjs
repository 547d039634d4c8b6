/** The shortest of several runs of each of these functions, in milliseconds; they take turns, so that a busy moment hits all alike. */
export async function shortest(functions, { runs = 10 } = {}) {
  const best = functions.map(() => Infinity);
  for (let run = 0; run < runs; run++) {
    for (const [index, work] of functions.entries()) {
      const start = performance.now();
      await work();
      best[index] = Math.min(best[index], performance.now() - start);
    }
  }
  return best;
}
