/*
 * The 128-bit operations of the kernels in this folder, for WebAssembly SIMD128 and for SSE4.1. Both give the same bits, so one source
 * serves the fast engine and its native measure. Names say the lanes: x16 is eight lanes of 16 bits.
 */
#ifndef BW_SIMD_VECTOR_H
#define BW_SIMD_VECTOR_H

#include <stdint.h>

#define BW_INLINE static inline __attribute__((always_inline))

#if defined(__wasm_simd128__)

#include <wasm_simd128.h>

typedef v128_t vector;

BW_INLINE vector load(const void *from) { return wasm_v128_load(from); }
/* Eight or four bytes into the low lanes, zero above. */
BW_INLINE vector load_8_bytes(const void *from) { return wasm_v128_load64_zero(from); }
BW_INLINE vector load_4_bytes(const void *from) { return wasm_v128_load32_zero(from); }
BW_INLINE vector load_splat_x32(const void *from) { return wasm_v128_load32_splat(from); }
BW_INLINE void store(void *to, vector a) { wasm_v128_store(to, a); }
BW_INLINE void store_8_bytes(void *to, vector a) { wasm_v128_store64_lane(to, a, 0); }
BW_INLINE void store_4_bytes(void *to, vector a) { wasm_v128_store32_lane(to, a, 0); }

BW_INLINE vector zero(void) { return wasm_i64x2_splat(0); }
BW_INLINE vector splat_x8(int8_t a) { return wasm_i8x16_splat(a); }
BW_INLINE vector splat_x16(int16_t a) { return wasm_i16x8_splat(a); }
BW_INLINE vector splat_x32(int32_t a) { return wasm_i32x4_splat(a); }
BW_INLINE vector splat_x64(int64_t a) { return wasm_i64x2_splat(a); }

BW_INLINE vector and_bits(vector a, vector b) { return wasm_v128_and(a, b); }
BW_INLINE vector add_x16(vector a, vector b) { return wasm_i16x8_add(a, b); }
BW_INLINE vector add_x32(vector a, vector b) { return wasm_i32x4_add(a, b); }
BW_INLINE vector add_x64(vector a, vector b) { return wasm_i64x2_add(a, b); }
BW_INLINE vector sub_x32(vector a, vector b) { return wasm_i32x4_sub(a, b); }
BW_INLINE vector mul_x32(vector a, vector b) { return wasm_i32x4_mul(a, b); }
BW_INLINE vector min_i32(vector a, vector b) { return wasm_i32x4_min(a, b); }
BW_INLINE vector max_i32(vector a, vector b) { return wasm_i32x4_max(a, b); }
BW_INLINE vector min_i8(vector a, vector b) { return wasm_i8x16_min(a, b); }
BW_INLINE vector max_i8(vector a, vector b) { return wasm_i8x16_max(a, b); }
BW_INLINE vector min_u8(vector a, vector b) { return wasm_u8x16_min(a, b); }
BW_INLINE vector max_u8(vector a, vector b) { return wasm_u8x16_max(a, b); }
BW_INLINE vector shift_left_x16(vector a, int bits) { return wasm_i16x8_shl(a, bits); }
BW_INLINE vector shift_right_i16(vector a, int bits) { return wasm_i16x8_shr(a, bits); }
BW_INLINE vector shift_right_u16(vector a, int bits) { return wasm_u16x8_shr(a, bits); }
BW_INLINE vector shift_left_x32(vector a, int bits) { return wasm_i32x4_shl(a, bits); }
BW_INLINE vector shift_right_u64(vector a, int bits) { return wasm_u64x2_shr(a, bits); }

/* y[i] = a[2i] * b[2i] + a[2i+1] * b[2i+1], from 16 to 32 bits. */
BW_INLINE vector dot_i16(vector a, vector b) { return wasm_i32x4_dot_i16x8(a, b); }
/* Hides from the compiler that a value does not change in a loop: it would widen it beforehand, and then multiply all 64 bits. */
BW_INLINE vector veiled(vector a)
{
  __asm__ volatile("" : "+r"(a));
  return a;
}
/* The 64-bit products of the two low or the two high lanes of 32 bits. */
BW_INLINE vector multiply_low_i32(vector a, vector b) { return wasm_i64x2_extmul_low_i32x4(a, veiled(b)); }
BW_INLINE vector multiply_high_i32(vector a, vector b) { return wasm_i64x2_extmul_high_i32x4(a, veiled(b)); }

BW_INLINE vector widen_low_i8(vector a) { return wasm_i16x8_extend_low_i8x16(a); }
BW_INLINE vector widen_low_u8(vector a) { return wasm_u16x8_extend_low_u8x16(a); }
BW_INLINE vector widen_high_i8(vector a) { return wasm_i16x8_extend_high_i8x16(a); }
BW_INLINE vector widen_high_u8(vector a) { return wasm_u16x8_extend_high_u8x16(a); }
BW_INLINE vector widen_low_i16(vector a) { return wasm_i32x4_extend_low_i16x8(a); }
BW_INLINE vector widen_low_u16(vector a) { return wasm_u32x4_extend_low_u16x8(a); }
/* The lanes of a, then those of b, each limited to the narrower type. */
BW_INLINE vector narrow_i32(vector a, vector b) { return wasm_i16x8_narrow_i32x4(a, b); }
BW_INLINE vector narrow_i32_u16(vector a, vector b) { return wasm_u16x8_narrow_i32x4(a, b); }
BW_INLINE vector narrow_i16_i8(vector a, vector b) { return wasm_i8x16_narrow_i16x8(a, b); }
BW_INLINE vector narrow_i16_u8(vector a, vector b) { return wasm_u8x16_narrow_i16x8(a, b); }

BW_INLINE vector interleave_low_x8(vector a, vector b) {
  return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
BW_INLINE vector interleave_low_x16(vector a, vector b) { return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
BW_INLINE vector interleave_high_x16(vector a, vector b) { return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
BW_INLINE vector interleave_low_x32(vector a, vector b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
BW_INLINE vector interleave_high_x32(vector a, vector b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }
BW_INLINE vector interleave_low_x64(vector a, vector b) { return wasm_i64x2_shuffle(a, b, 0, 2); }
BW_INLINE vector interleave_high_x64(vector a, vector b) { return wasm_i64x2_shuffle(a, b, 1, 3); }
/* The low 32 bits of the two lanes of a, then of b. */
BW_INLINE vector low_halves_x64(vector a, vector b) { return wasm_i32x4_shuffle(a, b, 0, 2, 4, 6); }

/* Two doubles. Each operation rounds once. */
BW_INLINE vector splat_f64(double a) { return wasm_f64x2_splat(a); }
BW_INLINE vector add_f64(vector a, vector b) { return wasm_f64x2_add(a, b); }
BW_INLINE vector mul_f64(vector a, vector b) { return wasm_f64x2_mul(a, b); }
/* b where it is less or greater than a, else a: no NaNs. */
BW_INLINE vector min_f64(vector a, vector b) { return wasm_f64x2_pmin(a, b); }
BW_INLINE vector max_f64(vector a, vector b) { return wasm_f64x2_pmax(a, b); }
BW_INLINE vector round_f64(vector a) { return wasm_f64x2_nearest(a); }
BW_INLINE vector low_i32_to_f64(vector a) { return wasm_f64x2_convert_low_i32x4(a); }
BW_INLINE vector low_f32_to_f64(vector a) { return wasm_f64x2_promote_low_f32x4(a); }
BW_INLINE vector sub_f64(vector a, vector b) { return wasm_f64x2_sub(a, b); }
BW_INLINE vector abs_f64(vector a) { return wasm_f64x2_abs(a); }
BW_INLINE int all_less_f64(vector a, vector b) { return wasm_i64x2_all_true(wasm_f64x2_lt(a, b)); }

/* Four floats. Each operation rounds once; the conversion to integers towards zero. */
BW_INLINE vector splat_f32(float a) { return wasm_f32x4_splat(a); }
BW_INLINE vector add_f32(vector a, vector b) { return wasm_f32x4_add(a, b); }
BW_INLINE vector sub_f32(vector a, vector b) { return wasm_f32x4_sub(a, b); }
BW_INLINE vector mul_f32(vector a, vector b) { return wasm_f32x4_mul(a, b); }
BW_INLINE vector div_f32(vector a, vector b) { return wasm_f32x4_div(a, b); }
BW_INLINE vector floor_f32(vector a) { return wasm_f32x4_floor(a); }
BW_INLINE vector i32_to_f32(vector a) { return wasm_f32x4_convert_i32x4(a); }
BW_INLINE vector f32_to_i32(vector a) { return wasm_i32x4_trunc_sat_f32x4(a); }

#elif defined(__SSE4_1__)

#include <smmintrin.h>
#include <string.h>

typedef __m128i vector;

BW_INLINE vector load(const void *from) { return _mm_loadu_si128((const __m128i *)from); }
BW_INLINE vector load_8_bytes(const void *from) { return _mm_loadl_epi64((const __m128i *)from); }
BW_INLINE vector load_4_bytes(const void *from) {
  int32_t bytes;
  memcpy(&bytes, from, 4);
  return _mm_cvtsi32_si128(bytes);
}
BW_INLINE vector load_splat_x32(const void *from) { return _mm_shuffle_epi32(load_4_bytes(from), 0); }
BW_INLINE void store(void *to, vector a) { _mm_storeu_si128((__m128i *)to, a); }
BW_INLINE void store_8_bytes(void *to, vector a) { _mm_storel_epi64((__m128i *)to, a); }
BW_INLINE void store_4_bytes(void *to, vector a) {
  int32_t bytes = _mm_cvtsi128_si32(a);
  memcpy(to, &bytes, 4);
}

BW_INLINE vector zero(void) { return _mm_setzero_si128(); }
BW_INLINE vector splat_x8(int8_t a) { return _mm_set1_epi8(a); }
BW_INLINE vector splat_x16(int16_t a) { return _mm_set1_epi16(a); }
BW_INLINE vector splat_x32(int32_t a) { return _mm_set1_epi32(a); }
BW_INLINE vector splat_x64(int64_t a) { return _mm_set1_epi64x(a); }

BW_INLINE vector and_bits(vector a, vector b) { return _mm_and_si128(a, b); }
BW_INLINE vector add_x16(vector a, vector b) { return _mm_add_epi16(a, b); }
BW_INLINE vector add_x32(vector a, vector b) { return _mm_add_epi32(a, b); }
BW_INLINE vector add_x64(vector a, vector b) { return _mm_add_epi64(a, b); }
BW_INLINE vector sub_x32(vector a, vector b) { return _mm_sub_epi32(a, b); }
BW_INLINE vector mul_x32(vector a, vector b) { return _mm_mullo_epi32(a, b); }
BW_INLINE vector min_i32(vector a, vector b) { return _mm_min_epi32(a, b); }
BW_INLINE vector max_i32(vector a, vector b) { return _mm_max_epi32(a, b); }
BW_INLINE vector min_i8(vector a, vector b) { return _mm_min_epi8(a, b); }
BW_INLINE vector max_i8(vector a, vector b) { return _mm_max_epi8(a, b); }
BW_INLINE vector min_u8(vector a, vector b) { return _mm_min_epu8(a, b); }
BW_INLINE vector max_u8(vector a, vector b) { return _mm_max_epu8(a, b); }
BW_INLINE vector shift_left_x16(vector a, int bits) { return _mm_sll_epi16(a, _mm_cvtsi32_si128(bits)); }
BW_INLINE vector shift_right_i16(vector a, int bits) { return _mm_sra_epi16(a, _mm_cvtsi32_si128(bits)); }
BW_INLINE vector shift_right_u16(vector a, int bits) { return _mm_srl_epi16(a, _mm_cvtsi32_si128(bits)); }
BW_INLINE vector shift_left_x32(vector a, int bits) { return _mm_sll_epi32(a, _mm_cvtsi32_si128(bits)); }
BW_INLINE vector shift_right_u64(vector a, int bits) { return _mm_srl_epi64(a, _mm_cvtsi32_si128(bits)); }

BW_INLINE vector dot_i16(vector a, vector b) { return _mm_madd_epi16(a, b); }
BW_INLINE vector multiply_low_i32(vector a, vector b) { return _mm_mul_epi32(_mm_unpacklo_epi32(a, a), _mm_unpacklo_epi32(b, b)); }
BW_INLINE vector multiply_high_i32(vector a, vector b) { return _mm_mul_epi32(_mm_unpackhi_epi32(a, a), _mm_unpackhi_epi32(b, b)); }

BW_INLINE vector widen_low_i8(vector a) { return _mm_cvtepi8_epi16(a); }
BW_INLINE vector widen_low_u8(vector a) { return _mm_cvtepu8_epi16(a); }
BW_INLINE vector widen_high_i8(vector a) { return _mm_cvtepi8_epi16(_mm_unpackhi_epi64(a, a)); }
BW_INLINE vector widen_high_u8(vector a) { return _mm_unpackhi_epi8(a, _mm_setzero_si128()); }
BW_INLINE vector widen_low_i16(vector a) { return _mm_cvtepi16_epi32(a); }
BW_INLINE vector widen_low_u16(vector a) { return _mm_cvtepu16_epi32(a); }
BW_INLINE vector narrow_i32(vector a, vector b) { return _mm_packs_epi32(a, b); }
BW_INLINE vector narrow_i32_u16(vector a, vector b) { return _mm_packus_epi32(a, b); }
BW_INLINE vector narrow_i16_i8(vector a, vector b) { return _mm_packs_epi16(a, b); }
BW_INLINE vector narrow_i16_u8(vector a, vector b) { return _mm_packus_epi16(a, b); }

BW_INLINE vector interleave_low_x8(vector a, vector b) { return _mm_unpacklo_epi8(a, b); }
BW_INLINE vector interleave_low_x16(vector a, vector b) { return _mm_unpacklo_epi16(a, b); }
BW_INLINE vector interleave_high_x16(vector a, vector b) { return _mm_unpackhi_epi16(a, b); }
BW_INLINE vector interleave_low_x32(vector a, vector b) { return _mm_unpacklo_epi32(a, b); }
BW_INLINE vector interleave_high_x32(vector a, vector b) { return _mm_unpackhi_epi32(a, b); }
BW_INLINE vector interleave_low_x64(vector a, vector b) { return _mm_unpacklo_epi64(a, b); }
BW_INLINE vector interleave_high_x64(vector a, vector b) { return _mm_unpackhi_epi64(a, b); }
BW_INLINE vector low_halves_x64(vector a, vector b) {
  return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), _MM_SHUFFLE(2, 0, 2, 0)));
}

BW_INLINE vector splat_f64(double a) { return _mm_castpd_si128(_mm_set1_pd(a)); }
#define BW_F64(a) _mm_castsi128_pd(a)
#define BW_F32(a) _mm_castsi128_ps(a)
BW_INLINE vector add_f64(vector a, vector b) { return _mm_castpd_si128(_mm_add_pd(BW_F64(a), BW_F64(b))); }
BW_INLINE vector mul_f64(vector a, vector b) { return _mm_castpd_si128(_mm_mul_pd(BW_F64(a), BW_F64(b))); }
BW_INLINE vector min_f64(vector a, vector b) { return _mm_castpd_si128(_mm_min_pd(BW_F64(b), BW_F64(a))); }
BW_INLINE vector max_f64(vector a, vector b) { return _mm_castpd_si128(_mm_max_pd(BW_F64(b), BW_F64(a))); }
BW_INLINE vector round_f64(vector a) { return _mm_castpd_si128(_mm_round_pd(BW_F64(a), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)); }
BW_INLINE vector low_i32_to_f64(vector a) { return _mm_castpd_si128(_mm_cvtepi32_pd(a)); }
BW_INLINE vector low_f32_to_f64(vector a) { return _mm_castpd_si128(_mm_cvtps_pd(BW_F32(a))); }
BW_INLINE vector sub_f64(vector a, vector b) { return _mm_castpd_si128(_mm_sub_pd(BW_F64(a), BW_F64(b))); }
BW_INLINE vector abs_f64(vector a) { return _mm_castpd_si128(_mm_andnot_pd(_mm_set1_pd(-0.0), BW_F64(a))); }
BW_INLINE int all_less_f64(vector a, vector b) { return _mm_movemask_pd(_mm_cmplt_pd(BW_F64(a), BW_F64(b))) == 3; }
BW_INLINE vector splat_f32(float a) { return _mm_castps_si128(_mm_set1_ps(a)); }
BW_INLINE vector add_f32(vector a, vector b) { return _mm_castps_si128(_mm_add_ps(BW_F32(a), BW_F32(b))); }
BW_INLINE vector sub_f32(vector a, vector b) { return _mm_castps_si128(_mm_sub_ps(BW_F32(a), BW_F32(b))); }
BW_INLINE vector mul_f32(vector a, vector b) { return _mm_castps_si128(_mm_mul_ps(BW_F32(a), BW_F32(b))); }
BW_INLINE vector div_f32(vector a, vector b) { return _mm_castps_si128(_mm_div_ps(BW_F32(a), BW_F32(b))); }
BW_INLINE vector floor_f32(vector a) { return _mm_castps_si128(_mm_floor_ps(BW_F32(a))); }
BW_INLINE vector i32_to_f32(vector a) { return _mm_castps_si128(_mm_cvtepi32_ps(a)); }
BW_INLINE vector f32_to_i32(vector a) { return _mm_cvttps_epi32(BW_F32(a)); }
#undef BW_F64
#undef BW_F32

#else
#error "the kernels of this folder need WebAssembly SIMD128 or SSE4.1"
#endif

#endif
