/**
 * Thrown by a device or an instruction that cannot answer yet: the core waits, and whoever wakes it has the same instruction tried again. Nothing is retired;
 * like an exception it takes a cycle. With a cycle that is known, the core tries again by itself from then on.
 */
export class Suspension extends Error {
  readonly until: number | undefined;

  constructor(until?: number) {
    super('the core waits for a device');
    this.until = until;
  }
}
