import type { Segment } from '../formats/elf.ts';

/** Where translated code stays from one run of a program to the next. What is found there is used only where it fits the code in memory. */
export interface Translations {
  /** What was kept last under a name, which may be of any length; undefined where there is nothing. */
  find(name: string): Uint8Array | undefined;
  keep(name: string, bytes: Uint8Array): void;
}

/** The place of one program on one machine among them. */
export interface KeptCode {
  find(): Uint8Array | undefined;
  keep(bytes: Uint8Array): void;
}

/** What earlier runs of the code in these segments left on a machine, which is described by whatever tells it from others. */
export function keptCode(translations: Translations, segments: readonly Segment[], machine: readonly unknown[]): KeptCode {
  const name = JSON.stringify([...machine, fingerprint(segments)]);
  let found: { readonly bytes: Uint8Array | undefined } | undefined;
  return {
    find: () => {
      found ??= { bytes: translations.find(name) };
      return found.bytes;
    },
    keep: (bytes) => translations.keep(name, bytes),
  };
}

/** A number that programs with other code do not share, as a rule: FNV-1a of the executable segments' words, in two halves. */
export function fingerprint(segments: readonly Segment[]): string {
  let [low, high] = [0x811c_9dc5, 0x050c_5d1f];
  const mix = (word: number): void => {
    low = Math.imul(low ^ word, 0x0100_0193);
    high = Math.imul(high ^ (word >>> 15) ^ (word << 17), 0x0100_0193) ^ (low >>> 16);
  };
  for (const { address, data, executable } of segments) {
    if (!executable) continue;
    mix(address);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    for (let at = 0; at + 4 <= data.length; at += 4) mix(view.getInt32(at, true));
    for (let at = data.length & ~3; at < data.length; at++) mix(data[at]!);
    mix(data.length);
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
