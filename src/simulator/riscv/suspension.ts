/**
 * Thrown by a device or an instruction that cannot answer yet: the core waits, and whoever wakes it has the same instruction tried again. Nothing is retired;
 * like an exception it takes a cycle.
 */
export class Suspension extends Error {
  constructor() {
    super('the core waits for a device');
  }
}
