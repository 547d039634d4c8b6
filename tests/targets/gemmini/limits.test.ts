import { expect, test } from 'vitest';
import { gemmini } from '../../../src/hardware/gemmini.ts';
import { planGemmini } from '../../../src/targets/gemmini/gemmini.ts';
import { refuseLargeFirmware, refuseSmallMemories } from '../../../src/targets/gemmini/limits.ts';
import { tinyProgram } from '../programs.ts';

test('firmware that the memory cannot hold is refused with the bytes that it needs and those that there are', () => {
  const plan = planGemmini(tinyProgram());
  const firmware = new Map([['data/constants.bin', new Uint8Array(5000)]]);
  expect(() => refuseLargeFirmware([plan], firmware)).not.toThrow();
  const tensors = plan.memory.peak.toLocaleString('en-US');
  const all = (plan.memory.peak + 5000).toLocaleString('en-US');
  expect(() => refuseLargeFirmware([plan], firmware, 4096)).toThrow(
    `program tiny: found tensors that need ${tensors} bytes and constants of 5,000 bytes, ${all} bytes in all, expected at most 4,096 bytes, the memory of the machine gemmini.`,
  );
});

test('an array whose local memories hold no product is refused with the bytes that it has and those that it needs', () => {
  expect(() => refuseSmallMemories(gemmini)).not.toThrow();
  const none = { ...gemmini, scratchpad: { banks: 4, rows: 8 } };
  expect(() => planGemmini(tinyProgram(), none)).toThrow('scratchpad: found 512 bytes, expected at least 1,024 bytes');
  expect(() => planGemmini(tinyProgram(), { ...gemmini, accumulator: { banks: 1, rows: 16 } })).toThrow(
    'accumulator: found 1,024 bytes, expected at least 2,048 bytes',
  );
});
