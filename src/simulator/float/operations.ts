import * as f32 from './f32.ts';
import * as f64 from './f64.ts';
import type { FloatStatus } from './status.ts';

/** s, d: a single or a double in a float register; w, l: 32 or 64 bits in an integer register. */
export type Place = 's' | 'd' | 'w' | 'l';

/**
 * An instruction of the "F" and "D" extensions over whole registers of bits: what tests compare and what translated code asks for where it has no fast
 * path. A result narrower than 64 bits has zeros above, operands may have anything there.
 */
export interface Operation {
  readonly name: string;
  readonly result: Place;
  readonly operands: readonly Place[];
  readonly run: (a: bigint, b: bigint, c: bigint, mode: number, status: FloatStatus) => bigint;
}

type Words = readonly [low: number, high: number];
const split = (bits: bigint): Words => [Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n))];
const signMask = 0x80000000 | 0;

const row = (
  name: string,
  result: Place,
  operands: string,
  body: (a: Words, b: Words, c: Words, mode: number, status: FloatStatus) => number,
): Operation => ({
  name,
  result,
  operands: [...operands] as Place[],
  run: (a, b, c, mode, status) => {
    const low = BigInt(body(split(a), split(b), split(c), mode, status) >>> 0);
    return result === 's' || result === 'w' ? low : (BigInt(status.high >>> 0) << 32n) | low;
  },
});

const single = ([bits]: Words): number => bits;
const high = (value: Words, bits: number, status: FloatStatus): number => {
  status.high = bits;
  return value[0];
};

export const operations: readonly Operation[] = [
  row('fadd.s', 's', 'ss', ([a], [b], _, mode, status) => f32.add(a, b, mode, status)),
  row('fsub.s', 's', 'ss', ([a], [b], _, mode, status) => f32.subtract(a, b, mode, status)),
  row('fmul.s', 's', 'ss', ([a], [b], _, mode, status) => f32.multiply(a, b, mode, status)),
  row('fdiv.s', 's', 'ss', ([a], [b], _, mode, status) => f32.divide(a, b, mode, status)),
  row('fsqrt.s', 's', 's', ([a], _, __, mode, status) => f32.squareRoot(a, mode, status)),
  row('fmadd.s', 's', 'sss', ([a], [b], [c], mode, status) => f32.fusedMultiplyAdd(a, b, c, mode, status)),
  row('fmsub.s', 's', 'sss', ([a], [b], [c], mode, status) => f32.fusedMultiplyAdd(a, b, c ^ signMask, mode, status)),
  row('fnmsub.s', 's', 'sss', ([a], [b], [c], mode, status) => f32.fusedMultiplyAdd(a ^ signMask, b, c, mode, status)),
  row('fnmadd.s', 's', 'sss', ([a], [b], [c], mode, status) => f32.fusedMultiplyAdd(a ^ signMask, b, c ^ signMask, mode, status)),
  row('fmin.s', 's', 'ss', ([a], [b], _, __, status) => f32.minimum(a, b, status)),
  row('fmax.s', 's', 'ss', ([a], [b], _, __, status) => f32.maximum(a, b, status)),
  row('feq.s', 'w', 'ss', ([a], [b], _, __, status) => f32.equal(a, b, status)),
  row('flt.s', 'w', 'ss', ([a], [b], _, __, status) => f32.lessThan(a, b, status)),
  row('fle.s', 'w', 'ss', ([a], [b], _, __, status) => f32.lessOrEqual(a, b, status)),
  row('fsgnj.s', 's', 'ss', ([a], [b]) => f32.signFrom(a, b)),
  row('fsgnjn.s', 's', 'ss', ([a], [b]) => f32.signFromNegated(a, b)),
  row('fsgnjx.s', 's', 'ss', ([a], [b]) => f32.signsMultiplied(a, b)),
  row('fclass.s', 'w', 's', (a) => f32.classify(single(a))),
  row('fcvt.w.s', 'w', 's', ([a], _, __, mode, status) => f32.toInt32(a, mode, status)),
  row('fcvt.wu.s', 'w', 's', ([a], _, __, mode, status) => f32.toUint32(a, mode, status)),
  row('fcvt.l.s', 'l', 's', ([a], _, __, mode, status) => f32.toInt64(a, mode, status)),
  row('fcvt.lu.s', 'l', 's', ([a], _, __, mode, status) => f32.toUint64(a, mode, status)),
  row('fcvt.s.w', 's', 'w', ([a], _, __, mode, status) => f32.fromInt32(a, mode, status)),
  row('fcvt.s.wu', 's', 'w', ([a], _, __, mode, status) => f32.fromUint32(a, mode, status)),
  row('fcvt.s.l', 's', 'l', (a, _, __, mode, status) => f32.fromInt64(...a, mode, status)),
  row('fcvt.s.lu', 's', 'l', (a, _, __, mode, status) => f32.fromUint64(...a, mode, status)),
  row('fcvt.s.d', 's', 'd', (a, _, __, mode, status) => f32.fromDouble(...a, mode, status)),

  row('fadd.d', 'd', 'dd', (a, b, _, mode, status) => f64.add(...a, ...b, mode, status)),
  row('fsub.d', 'd', 'dd', (a, b, _, mode, status) => f64.subtract(...a, ...b, mode, status)),
  row('fmul.d', 'd', 'dd', (a, b, _, mode, status) => f64.multiply(...a, ...b, mode, status)),
  row('fdiv.d', 'd', 'dd', (a, b, _, mode, status) => f64.divide(...a, ...b, mode, status)),
  row('fsqrt.d', 'd', 'd', (a, _, __, mode, status) => f64.squareRoot(...a, mode, status)),
  row('fmadd.d', 'd', 'ddd', (a, b, c, mode, status) => f64.fusedMultiplyAdd(...a, ...b, ...c, mode, status)),
  row('fmsub.d', 'd', 'ddd', (a, b, c, mode, status) => f64.fusedMultiplyAdd(...a, ...b, c[0], c[1] ^ signMask, mode, status)),
  row('fnmsub.d', 'd', 'ddd', (a, b, c, mode, status) => f64.fusedMultiplyAdd(a[0], a[1] ^ signMask, ...b, ...c, mode, status)),
  row('fnmadd.d', 'd', 'ddd', (a, b, c, mode, status) =>
    f64.fusedMultiplyAdd(a[0], a[1] ^ signMask, ...b, c[0], c[1] ^ signMask, mode, status),
  ),
  row('fmin.d', 'd', 'dd', (a, b, _, __, status) => f64.minimum(...a, ...b, status)),
  row('fmax.d', 'd', 'dd', (a, b, _, __, status) => f64.maximum(...a, ...b, status)),
  row('feq.d', 'w', 'dd', (a, b, _, __, status) => f64.equal(...a, ...b, status)),
  row('flt.d', 'w', 'dd', (a, b, _, __, status) => f64.lessThan(...a, ...b, status)),
  row('fle.d', 'w', 'dd', (a, b, _, __, status) => f64.lessOrEqual(...a, ...b, status)),
  row('fsgnj.d', 'd', 'dd', (a, b, _, __, status) => high(a, f64.signFrom(a[1], b[1]), status)),
  row('fsgnjn.d', 'd', 'dd', (a, b, _, __, status) => high(a, f64.signFromNegated(a[1], b[1]), status)),
  row('fsgnjx.d', 'd', 'dd', (a, b, _, __, status) => high(a, f64.signsMultiplied(a[1], b[1]), status)),
  row('fclass.d', 'w', 'd', (a) => f64.classify(...a)),
  row('fcvt.w.d', 'w', 'd', (a, _, __, mode, status) => f64.toInt32(...a, mode, status)),
  row('fcvt.wu.d', 'w', 'd', (a, _, __, mode, status) => f64.toUint32(...a, mode, status)),
  row('fcvt.l.d', 'l', 'd', (a, _, __, mode, status) => f64.toInt64(...a, mode, status)),
  row('fcvt.lu.d', 'l', 'd', (a, _, __, mode, status) => f64.toUint64(...a, mode, status)),
  row('fcvt.d.w', 'd', 'w', ([a], _, __, ___, status) => f64.fromInt32(a, status)),
  row('fcvt.d.wu', 'd', 'w', ([a], _, __, ___, status) => f64.fromUint32(a, status)),
  row('fcvt.d.l', 'd', 'l', (a, _, __, mode, status) => f64.fromInt64(...a, mode, status)),
  row('fcvt.d.lu', 'd', 'l', (a, _, __, mode, status) => f64.fromUint64(...a, mode, status)),
  row('fcvt.d.s', 'd', 's', ([a], _, __, ___, status) => f64.fromSingle(a, status)),
];
