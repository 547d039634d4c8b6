import { expect, test } from 'vitest';
import { operations } from '../../../src/simulator/float/operations.ts';
import { floatStatus } from '../../../src/simulator/float/status.ts';
import { call, f32, f64, get, i32, i64 } from '../../../src/simulator/wasm/expression.ts';
import { floatFunctions, valueType } from '../../../src/simulator/wasm/float.ts';
import { FunctionBuilder } from '../../../src/simulator/wasm/function.ts';
import { ModuleBuilder } from '../../../src/simulator/wasm/module.ts';
import { vectors } from './vectors.ts';

const [result, fcsr] = [24, 32];
const loads = { s: f32.load, d: f64.load, w: i32.load, l: i64.load } as const;

/** Calls of the library whose operands and results stay bits in memory: a NaN does not pass through a number of JavaScript. */
function callers(memory: WebAssembly.Memory): readonly ((mode: number) => void)[] {
  const module = new ModuleBuilder();
  module.importMemory('core', 'memory');
  const functions = operations.map(({ name, operands, result }) =>
    module.importFunction('float', name, ['i32', ...operands.map((place) => valueType[place])], [valueType[result]]),
  );
  for (const [i, operation] of operations.entries()) {
    const f = new FunctionBuilder(['i32']);
    const operands = operation.operands.map((place, at) => loads[place](i32.const(8 * at)));
    f.store(i32.const(result), call(valueType[operation.result], functions[i]!, get('i32', 0), ...operands));
    module.export(operation.name, module.add(f, []));
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    core: { memory },
    float: floatFunctions(memory, fcsr) as WebAssembly.ModuleImports,
  });
  return operations.map(({ name }) => exports[name] as (mode: number) => void);
}

test('the library of translated code gives the bits and the flags of the interpreter, in every rounding mode', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const call = callers(memory);
  const words = new BigUint64Array(memory.buffer);
  const cases = vectors(operations, [0, 0, 0, 1, 2, 3, 4], Number(process.env['FLOAT_VECTORS'] ?? 200), 2n);
  const status = floatStatus();
  const wrong = cases.flatMap(({ operation, mode, operands }) => {
    const { name, run } = operations[operation]!;
    status.flags = 0;
    const expected = run(...operands, mode, status);
    words.set([...operands, 0n, 0n]);
    call[operation]!(mode);
    const [found, flags] = [words[result / 8]!, Number(words[fcsr / 8])];
    return found === expected && flags === status.flags
      ? []
      : [
          `${name} mode ${mode} of ${operands.map((x) => x.toString(16))}: ${found.toString(16)} flags ${flags}, interpreter ${expected.toString(16)} flags ${status.flags}`,
        ];
  });
  expect(wrong.slice(0, 20)).toEqual([]);
});
