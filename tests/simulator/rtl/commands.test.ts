import { expect, test } from 'vitest';
import { Driver, random, randomBytes } from '../gemmini/harness.ts';
import { giveLoopsRandomly, giveRandomly, stored } from '../gemmini/random-commands.ts';
import { assemble } from '../timing/program.ts';
import { describeOnRtl, signatureOnRtl } from './chipyard.ts';
import { programOf, Recorder, signatureHere } from './recorded.ts';

/** Both machines leave the same bytes in memory between two offsets. */
function expectSame(memory: Uint8Array, range: readonly [number, number], give: (driver: Driver) => void): void {
  const recorder = new Recorder();
  give(new Driver(recorder));
  const elf = assemble(programOf(recorder.given, memory, range));
  const [here, there] = [Buffer.from(signatureHere(elf)), signatureOnRtl(elf)];
  expect(here.equals(Buffer.from(memory.subarray(...range)))).toBe(false);
  const at = here.findIndex((byte, i) => byte !== there[i]);
  if (at >= 0) expect.fail(`at ${range[0] + at}: ${here.readInt8(at)} here, ${there.readInt8(at)} on the RTL`);
  expect(there).toHaveLength(here.length);
}

/** Main memory of 128 KB: random in its first half. */
function randomMemory(next: () => number): Uint8Array {
  const memory = new Uint8Array(1 << 17);
  memory.set(new Uint8Array(randomBytes(1 << 16, next).buffer));
  return memory;
}

describeOnRtl('the array of the RTL', () => {
  test('leaves the bytes that the built-in one leaves: random commands with extreme scales', { timeout: 600_000 }, () => {
    const next = random(1);
    expectSame(randomMemory(next), stored, (driver) => giveRandomly(driver, next, 16, { count: 150, defined: true }));
  });

  test('leaves the bytes that the built-in one leaves: random LOOP_WS', { timeout: 600_000 }, () => {
    const next = random(1);
    expectSame(randomMemory(next), stored, (driver) => giveLoopsRandomly(driver, next, 8));
  });
});
