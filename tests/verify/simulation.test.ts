import { expect, test } from 'vitest';
import { gemmini, gemminiOf } from '../../src/hardware/gemmini.ts';
import { machines } from '../../src/simulator/machine.ts';
import { machineOn } from '../../src/verify/simulation.ts';

const spike = (declaration: typeof gemmini | ReturnType<typeof gemminiOf>) => () =>
  machineOn(machines.gemmini, { simulator: 'spike', gemmini: declaration });

test("Spike's Gemmini is given firmware for its own generation, and for all of them", () => {
  expect(spike(gemmini)).not.toThrow();
  expect(spike(gemminiOf('2023-10'))).not.toThrow();
  expect(spike(gemminiOf('2023-02'))).toThrow(/^--simulator spike: found firmware for a Gemmini of 2023-02 alone, expected .*2023-10\./);
});
