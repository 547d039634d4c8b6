import { describe, expect, test } from 'vitest';
import { c, call, comment, fields, float, integer, literal } from '../../src/targets/c.ts';
import { namer, numbered } from '../../src/targets/identifiers.ts';

describe('the c tag', () => {
  test('removes its own margin and gives a pasted block the margin of its line', () => {
    const body = c`
      if (x) {
        y();
      }`;
    expect(c`
      void f(void)
      {
        ${body}
        ${['a();', 'b();']}
      }
    `).toBe('void f(void)\n{\n  if (x) {\n    y();\n  }\n  a();\n  b();\n}');
  });

  test('drops a line that holds nothing but empty holes, and keeps empty lines without spaces', () => {
    expect(c`
      {
        ${[]}
        ${''}
        ${'a\n\nb'}
      }`).toBe('{\n  a\n\n  b\n}');
  });

  test('leaves backslashes to C', () => {
    expect(c`puts("\n");`).toBe('puts("\\n");');
  });
});

describe('what is printed for C', () => {
  test('numbers are exact', () => {
    expect([integer(-(2 ** 31)), integer(2 ** 31 - 1), integer(-5)]).toEqual(['INT32_MIN', 'INT32_MAX', '-5']);
    for (const value of [0.1, 1e-40, 3.4028234663852886e38, 1 / 3]) {
      expect(Math.fround(Number(float(value).slice(0, -1)))).toBe(Math.fround(value));
    }
  });

  test('strings and comments cannot end early', () => {
    expect(literal('a"b\\c??/\n\u00e9')).toBe('"a\\042b\\134c\\077\\077/\\012\\303\\251"');
    expect(comment('*/ x /* y\nz')).toBe('* / x / * y z');
  });

  test('long calls and initialisers go over several lines', () => {
    expect(call('f', ['a', 'b'])).toBe('f(a, b);');
    expect(call('f', ['a'.repeat(80), 'b'.repeat(80)])).toBe(`f(\n  ${'a'.repeat(80)},\n  ${'b'.repeat(80)}\n);`);
    expect(fields([['x', '1']])).toBe('{.x = 1}');
    expect(fields(Array.from({ length: 20 }, (_, index) => [`field_${index}`, '1'])).split('\n').length).toBeGreaterThan(3);
  });
});

describe('identifiers', () => {
  test('are names made fit for C, each of its own, even for a file system that ignores case', () => {
    const name = namer();
    const names = ['conv1', 'block.0.conv1', 'block_0_conv1', 'Conv1', '0.weights', 'int', '', 'bw_move', 'uint8_t', 'a-b', 'é', 'NULL'];
    expect(names.map(name)).toEqual([
      'conv1',
      'block_0_conv1',
      'block_0_conv1_2',
      'Conv1_2',
      'layer_0_weights',
      'layer_int',
      'layer_',
      'layer_bw_move',
      'layer_uint8_t',
      'a_b',
      'layer__',
      'layer_NULL',
    ]);
  });

  test('numbered ones avoid what is in use', () => {
    const unique = numbered(['x', 'X_2']);
    expect([unique('x'), unique('y'), unique('y')]).toEqual(['x_3', 'y', 'y_2']);
  });
});
