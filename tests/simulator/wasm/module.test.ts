import { describe, expect, test } from 'vitest';
import { Code } from '../../../src/simulator/wasm/code.ts';
import { call, f64, get, i32, i64, select, words } from '../../../src/simulator/wasm/expression.ts';
import { FunctionBuilder } from '../../../src/simulator/wasm/function.ts';
import { ModuleBuilder } from '../../../src/simulator/wasm/module.ts';

const instantiate = (module: ModuleBuilder, imports: WebAssembly.Imports = {}) =>
  new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), imports).exports as Record<string, (...operands: unknown[]) => unknown>;

describe('the encoder', () => {
  test('signed LEB128 numbers of both kinds agree with the text of the standard', () => {
    for (const [value, bytes] of [
      [0, [0]],
      [-1, [0x7f]],
      [63, [0x3f]],
      [64, [0xc0, 0]],
      [-64, [0x40]],
      [-65, [0xbf, 0x7f]],
      [-123456, [0xc0, 0xbb, 0x78]],
      [624485, [0xe5, 0x8e, 0x26]],
    ] as const) {
      const [plain, wide] = [new Code(), new Code()];
      plain.signed(value);
      wide.signed64(BigInt(value));
      expect([...plain.view()]).toEqual(bytes);
      expect([...wide.view()]).toEqual(bytes);
    }
  });

  test('constants keep all their bits', () => {
    for (const value of [0x8000_0000, 2 ** 52, -(2 ** 52), 0xffff_ffff]) {
      const module = new ModuleBuilder();
      const builder = new FunctionBuilder();
      builder.return(i64.const(value));
      module.export('wide', module.add(builder, ['i64']));
      const narrow = new FunctionBuilder();
      narrow.return(i32.const(value));
      module.export('narrow', module.add(narrow, ['i32']));
      const { wide, narrow: low } = instantiate(module);
      expect(wide?.()).toBe(BigInt(value));
      expect(low?.()).toBe(Number(BigInt.asIntN(32, BigInt(value))));
    }
  });

  test('a loop with a local, a conditional branch and a call of an import', () => {
    const module = new ModuleBuilder();
    const seen = module.importFunction('host', 'seen', ['i32'], []);
    const builder = new FunctionBuilder(['i32']);
    const sum = builder.local('i32');
    builder.block((done) => {
      builder.loop((again) => {
        builder.brIf(done, i32.eqz(get('i32', 0)));
        builder.set(sum, i32.add(get('i32', sum), get('i32', 0)));
        builder.set(0, i32.sub(get('i32', 0), i32.const(1)));
        builder.call(seen, get('i32', sum));
        builder.br(again);
      });
    });
    builder.return(get('i32', sum));
    module.export('sum', module.add(builder, ['i32']));
    const values: number[] = [];
    expect(instantiate(module, { host: { seen: (value: number) => values.push(value) } })['sum']?.(4)).toBe(10);
    expect(values).toEqual([4, 7, 9, 10]);
  });

  test('tail calls, direct and through a table, need no stack', () => {
    const module = new ModuleBuilder();
    module.importTable('host', 'table');
    const type = module.type(['i32'], ['i32']);
    const [even, odd] = [new FunctionBuilder(['i32']), new FunctionBuilder(['i32'])];
    for (const [builder, tail] of [
      [even, () => even.returnCall(1, i32.sub(get('i32', 0), i32.const(1)))],
      [odd, () => odd.returnCallIndirect(type, i32.const(5), i32.sub(get('i32', 0), i32.const(1)))],
    ] as const) {
      builder.if(
        get('i32', 0),
        () => tail(),
        () => builder.return(i32.const(builder === even ? 1 : 0)),
      );
      builder.unreachable();
      module.add(builder, ['i32']);
    }
    module.elements(5, [0]);
    module.export('even', 0);
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: 8 });
    const { even: isEven } = instantiate(module, { host: { table } });
    expect(isEven?.(100_000)).toBe(1);
    expect(isEven?.(100_001)).toBe(0);
  });

  test('a branch table, memory of all widths, and a choice', () => {
    const module = new ModuleBuilder();
    module.importMemory('host', 'memory', 1);
    const builder = new FunctionBuilder(['i32'], 'i32');
    builder.block((end) =>
      builder.block((second) =>
        builder.block((first) => {
          builder.brTable(get('i32', 0), [first, second], end);
        }),
      ),
    );
    const word = words(32);
    builder.store(i32.const(16), word.const(-2), 0, 1);
    builder.store(i32.const(20), i64.const(-3), 4);
    builder.store(i32.const(32), f64.ofI32S(i32.load8S(i32.const(16))));
    builder.return(select(i32.ltU(get('i32', 0), i32.const(2)), i32.load8U(i32.const(0), 16), i32.load(i32.const(24))));
    module.export('run', module.add(builder, ['i32']));
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { run } = instantiate(module, { host: { memory } });
    expect([run?.(0), run?.(1), run?.(2)]).toEqual([254, 254, -3]);
    expect(new DataView(memory.buffer).getFloat64(32, true)).toBe(-2);
  });

  test('all values of an assignment are computed before the first write', () => {
    const module = new ModuleBuilder();
    const builder = new FunctionBuilder(['i64', 'i64']);
    builder.assign([
      [0, get('i64', 1)],
      [1, get('i64', 0)],
    ]);
    builder.return(i64.sub(get('i64', 0), get('i64', 1)));
    const swap = module.add(builder, ['i64']);
    const outer = new FunctionBuilder();
    outer.return(call('i64', swap, i64.const(5), i64.const(7)));
    module.export('run', module.add(outer, ['i64']));
    expect(instantiate(module)['run']?.()).toBe(2n);
  });
});
