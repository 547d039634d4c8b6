import type { Picture } from '../formats/images/picture.ts';

/**
 * The 32-bit numbers of the Mersenne twister MT19937 (Matsumoto and Nishimura, 1998), seeded as numpy.random.RandomState(seed): the same in any
 * language.
 */
export function mersenneTwister(seed: number): () => number {
  const [length, middle] = [624, 397];
  const state = new Uint32Array(length);
  state[0] = seed;
  for (let i = 1; i < length; i++) state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
  let next = length;
  const renew = (): void => {
    for (let i = 0; i < length; i++) {
      const bits = (state[i]! & 0x80000000) | (state[(i + 1) % length]! & 0x7fffffff);
      state[i] = state[(i + middle) % length]! ^ (bits >>> 1) ^ (bits & 1 ? 0x9908b0df : 0);
    }
    next = 0;
  };
  return () => {
    if (next === length) renew();
    let number = state[next++]!;
    number ^= number >>> 11;
    number ^= (number << 7) & 0x9d2c5680;
    number ^= (number << 15) & 0xefc60000;
    return (number ^ (number >>> 18)) >>> 0;
  };
}

/** Bytes as RandomState.randint(0, 256, count, dtype=uint8) gives them: four of each number, the lowest first. */
function randomBytes(count: number, random: () => number): Uint8Array {
  const result = new Uint8Array(count);
  for (let at = 0; at < count; at += 4) {
    const number = random();
    for (let part = 0; part < 4 && at + part < count; part++) result[at + part] = number >>> (8 * part);
  }
  return result;
}

export interface NamedPicture {
  readonly name: string;
  readonly picture: Picture;
}

/** Pixels of a check, a stripe and a coloured patch. */
const [check, stripe, patch] = [16, 32, 16];

/**
 * The four patterns of the older flow's validation, and `count` pictures of random bytes: what a RandomState(seed) gives in as many calls of
 * randint(0, 256, (side, side, 3), dtype=uint8).
 */
export function syntheticPictures(side: number, count: number, seed: number): NamedPicture[] {
  const random = mersenneTwister(seed);
  const across = Math.ceil(side / patch);
  const colours = randomBytes(3 * across * across, mersenneTwister(seed));
  const draw = (name: string, colour: (x: number, y: number, c: number) => number): NamedPicture => {
    const data = Uint8Array.from({ length: 3 * side * side }, (_, at) => {
      const pixel = Math.floor(at / 3);
      return colour(pixel % side, Math.floor(pixel / side), at % 3);
    });
    return { name, picture: { width: side, height: side, data } };
  };
  return [
    draw('checkerboard', (x, y) => ((Math.floor(x / check) + Math.floor(y / check)) % 2) * 255),
    draw('gradient', (x) => Math.floor((255 * x) / Math.max(side - 1, 1))),
    draw('stripes', (x) => (Math.floor(x / stripe) % 2) * 255),
    draw('patches', (x, y, c) => colours[3 * (Math.floor(y / patch) * across + Math.floor(x / patch)) + c]!),
    ...Array.from({ length: count }, (_, number) => ({
      name: `random ${number + 1}`,
      picture: { width: side, height: side, data: randomBytes(3 * side * side, random) },
    })),
  ];
}
