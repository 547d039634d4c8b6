import { expect, test } from 'vitest';
import { describeMemory, firmwareMemory } from '../../src/verify/firmware-memory.ts';

const segment = (stored: number, size: number) => ({
  ...{ address: 0, loadAddress: 0, executable: false, writable: true },
  ...{ data: new Uint8Array(stored), size },
});

test('what a segment has beyond its bytes in the file are variables, and the peak is all of it', () => {
  const segments = [segment(100, 100), segment(20, 5020)];
  expect(firmwareMemory({ segments }, 64)).toEqual({ program: 120, variables: 5000, stack: 64, peak: 5184 });
  expect(describeMemory(firmwareMemory({ segments }, 64))).toBe(
    '5,184 bytes of memory at the peak: 120 bytes of code and constants, 5,000 bytes of variables, 64 bytes of stack',
  );
});

test('a stack that nobody watched is not counted', () => {
  const memory = firmwareMemory({ segments: [segment(8, 8)] });
  expect(memory).toEqual({ program: 8, variables: 0, peak: 8 });
  expect(describeMemory(memory)).toMatch(/, and the stack$/);
});
