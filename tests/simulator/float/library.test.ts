import { expect, test } from 'vitest';
import { operations } from '../../../src/simulator/float/operations.ts';
import { floatStatus } from '../../../src/simulator/float/status.ts';
import { call, f32, f64, i32, i64 } from '../../../src/simulator/wasm/expression.ts';
import { floatFunctions, valueType } from '../../../src/simulator/wasm/float.ts';
import { floatInstruction } from '../../../src/simulator/wasm/float-inline.ts';
import { FunctionBuilder } from '../../../src/simulator/wasm/function.ts';
import { ModuleBuilder } from '../../../src/simulator/wasm/module.ts';
import { vectors } from './vectors.ts';

const [result, fcsr] = [24, 32];
const loads = { s: f32.load, d: f64.load, w: i32.load, l: i64.load } as const;

/** How an instruction is written into a function: as a call of the library, or inline with a mode that is static or frm's. */
type Way = 'library' | 'static' | 'dynamic';
const dynamic = 7;

/** A caller per instruction and mode whose operands and result stay bits in memory: a NaN does not pass through a number of JavaScript. */
function callers(memory: WebAssembly.Memory, way: Way): (operation: number, mode: number) => void {
  const module = new ModuleBuilder();
  module.importMemory('core', 'memory');
  const functions = new Map(
    operations.map(({ name, operands, result }) => [
      name,
      module.importFunction('float', name, ['i32', ...operands.map((place) => valueType[place])], [valueType[result]]),
    ]),
  );
  const library = (name: string): number => functions.get(name)!;
  for (const operation of operations)
    for (const mode of [0, 1, 2, 3, 4]) {
      const f = new FunctionBuilder([]);
      const operands = operation.operands.map((place, at) => loads[place](i32.const(8 * at)));
      const value =
        way === 'library'
          ? call(valueType[operation.result], library(operation.name), i32.const(mode), ...operands)
          : floatInstruction(
              { f, library, fcsr: () => i32.load(i32.const(fcsr)) },
              operation.name,
              way === 'dynamic' ? dynamic : mode,
              operands,
            );
      f.store(i32.const(result), value);
      module.export(`${operation.name} ${mode}`, module.add(f, []));
    }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    core: { memory },
    float: floatFunctions(memory, fcsr) as WebAssembly.ModuleImports,
  });
  return (operation, mode) => (exports[`${operations[operation]!.name} ${mode}`] as () => void)();
}

test.each<[Way, string]>([
  ['library', 'the library of translated code'],
  ['static', 'an instruction written inline with its own rounding mode'],
  ['dynamic', 'an instruction written inline with the rounding mode of fcsr'],
])('%s: %s gives the bits and the flags of the interpreter', (way) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const run = callers(memory, way);
  const words = new BigUint64Array(memory.buffer);
  const cases = vectors(operations, [0, 0, 0, 1, 2, 3, 4], Number(process.env['FLOAT_VECTORS'] ?? 100), BigInt(way.length));
  const status = floatStatus();
  const wrong = cases.flatMap(({ operation, mode, operands }, i) => {
    const { name, run: interpret } = operations[operation]!;
    const before = i % 2; // NX is sticky: an instruction may find it set
    status.flags = before;
    const expected = interpret(...operands, mode, status);
    words.set([...operands, 0n, BigInt(before | (mode << 5))]);
    run(operation, mode);
    const [found, flags] = [words[result / 8]!, Number(words[fcsr / 8]) & 31];
    return found === expected && flags === status.flags
      ? []
      : [
          `${name} mode ${mode} of ${operands.map((x) => x.toString(16))}: ${found.toString(16)} flags ${flags}, interpreter ${expected.toString(16)} flags ${status.flags}`,
        ];
  });
  expect(wrong.slice(0, 20)).toEqual([]);
});
