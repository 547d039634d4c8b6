/** The shortest of repeated calls in milliseconds: as many as fit into `budget` milliseconds, one at least. */
export function shortestCall(work, budget = 150) {
  let best = Infinity;
  for (const end = performance.now() + budget; ; ) {
    const start = performance.now();
    work();
    const now = performance.now();
    best = Math.min(best, now - start);
    if (now > end) return best;
  }
}

/** Several functions that each give a time, in turn, so that a busy moment hits all alike; the shortest of each. */
export async function inTurns(functions, rounds = 5) {
  const best = functions.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const [index, time] of functions.entries()) best[index] = Math.min(best[index], await time());
  }
  return best;
}

/** What a row says of rates, from the times of ours and of the peer for as much work. */
export const rates = (macs, [ours, theirs], peer) => ({ value: macs / ours / 1e6, unit: 'GMAC/s', peer, peerValue: macs / theirs / 1e6 });
