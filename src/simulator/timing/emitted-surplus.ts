import type { MultiplierDeclaration } from '../../hardware/pipeline.ts';
import { type Expr, i32, i64, select, words } from '../wasm/expression.ts';
import type { TimingSite } from '../wasm/translator/timing.ts';
import type { Operation } from './operation.ts';

/** What the operands of a product or quotient add to its latency, in WebAssembly: `productSurplus` and `quotientSurplus`. */
export function emittedSurplus(
  site: TimingSite,
  { instruction, multiplier, kind }: Operation,
  costs: MultiplierDeclaration,
  xlen: 32 | 64,
): Expr<'i32'> {
  const { width, signed, upper, remainder } = kind!;
  const operand = (name: 'rs1' | 'rs2'): Expr<'i64'> => {
    const word = words(xlen).toI64S(site.word(instruction.operands[name] ?? 0));
    if (width === 64) return word;
    return signed ? i64.extend32S(word) : i64.and(word, i64.const(0xffff_ffff));
  };
  if (multiplier === 'multiply') {
    if (upper) return i32.const(costs.most[width]);
    const factor = words(xlen).toI64S(site.word(instruction.operands['rs1'] ?? 0));
    const low = width === 64 ? factor : i64.and(factor, i64.const(0xffff_ffff));
    /** Of the bits above the lowest one, which counts in any case. */
    const steps = site.name(
      i32.shrU(i32.sub(i32.const(63), i32.wrap(i64.clz(i64.or(low, i64.const(1))))), i32.const(Math.log2(costs.bits))),
    );
    return select(i32.gtU(steps, i32.const(costs.most[width])), i32.const(costs.most[width]), steps);
  }
  const [dividend, divisor] = [site.name(operand('rs1')), site.name(operand('rs2'))];
  const magnitude = (value: Expr<'i64'>): Expr<'i64'> => {
    if (!signed) return value;
    const sign = site.name(i64.shrS(value, i64.const(63)));
    return i64.sub(i64.xor(value, sign), sign);
  };
  const bits = (value: Expr<'i64'>): Expr<'i32'> => i32.sub(i32.const(64), i32.wrap(i64.clz(i64.or(magnitude(value), i64.const(1)))));
  const difference = site.name(i32.add(i32.sub(bits(dividend), bits(divisor)), i32.const(1)));
  const digits = site.name(select(i32.ltS(difference, i32.const(1)), i32.add(difference, i32.const(xlen)), difference));
  const most = i32.const(xlen - 1);
  const plain = select(i32.or(i64.eqz(divisor), i32.gtS(digits, most)), most, digits);
  if (!signed) return plain;
  const isNegative = (value: Expr<'i64'>): Expr<'i32'> => i64.ltS(value, i64.const(0));
  const differ = i32.and(isNegative(i64.xor(dividend, divisor)), i32.eqz(i64.eqz(divisor)));
  const negations = i32.add(isNegative(i64.or(dividend, divisor)), remainder ? isNegative(dividend) : differ);
  return i32.add(plain, i32.mul(negations, i32.const(costs.negative)));
}
