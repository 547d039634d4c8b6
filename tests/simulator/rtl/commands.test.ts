import { expect, test } from 'vitest';
import { Driver, noPlace, random, randomBytes, sums } from '../gemmini/harness.ts';
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
  test.each([1, 2, 3, 4, 6])(
    'leaves the bytes that the built-in one leaves: random commands with extreme scales (%i)',
    { timeout: 600_000 },
    (seed) => {
      const next = random(seed);
      expectSame(randomMemory(next), stored, (driver) => giveRandomly(driver, next, 16, { count: 150, defined: true }));
    },
  );

  test('leaves the bytes that the built-in one leaves: random LOOP_WS', { timeout: 600_000 }, () => {
    const next = random(1);
    expectSame(randomMemory(next), stored, (driver) => giveLoopsRandomly(driver, next, 8));
  });

  test('computes a product of up to four rows with the weights before, if the next products are configured at once', {
    timeout: 600_000,
  }, () => {
    const [memory, block] = [randomMemory(random(1)), { local: 0, rows: 16, cols: 16 }];
    const [before, behind, added] = [
      { ...block, local: 64 },
      { ...block, local: 128 },
      { ...block, local: 4096 },
    ];
    /** Whole sums of the first row, of products whose last one has so many rows. */
    const giveProducts = (driver: Driver, rows: number, configured: boolean, weights = behind): void => {
      driver.fence();
      for (
        let again = 0;
        again < 8;
        again++ // so the core has given everything before the first product begins
      )
        for (const { local } of [block, before, behind, added]) driver.load(0, 8 * local, { ...block, local });
      driver.preload(before, { ...block, local: sums(64) });
      driver.compute(true, block, noPlace());
      driver.preload(weights, { ...block, local: sums(0), rows });
      driver.compute(true, { ...block, rows }, { ...added, rows });
      if (configured) driver.configureExecute();
      driver.fence();
    };
    const signatureOf = (give: (driver: Driver, rows: number) => void): Buffer[] => {
      const [recorder, most] = [new Recorder(), 6];
      const driver = new Driver(recorder);
      driver.configureExecute();
      driver.configureLoad(0, 64);
      driver.configureStore(64);
      for (let rows = 1; rows <= most; rows++) {
        give(driver, rows);
        driver.store(stored[0] + 64 * rows, { local: sums(0, { full: true }), rows: 1, cols: 16 });
      }
      driver.fence();
      const bytes = signatureOnRtl(assemble(programOf(recorder.given, memory, [stored[0] + 64, stored[0] + 64 * (most + 1)])));
      return Array.from({ length: most }, (_, i) => bytes.subarray(64 * i, 64 * (i + 1)));
    };
    const configured = signatureOf((driver, rows) => giveProducts(driver, rows, true));
    const fenced = signatureOf((driver, rows) => giveProducts(driver, rows, false));
    const withWeightsBefore = signatureOf((driver, rows) => giveProducts(driver, rows, false, before));
    expect(configured).toEqual(fenced.map((sums, i) => (i < 4 ? withWeightsBefore[i] : sums)));
  });
});
