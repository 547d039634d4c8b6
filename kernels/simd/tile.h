/*
 * The register tile that every product of matrices here is made of: 4 rows times 8 columns, eight accumulators of four lanes. Depth comes
 * in pairs of 16-bit values, so that one dot_i16 adds two products to each of four columns. More than eight accumulators spill: V8 has 15
 * registers for them, the operands and a scratch. A pair of products of 8-bit values fits 17 bits; that whole sums fit 32 is the
 * verifier's proof.
 */
#ifndef BW_SIMD_TILE_H
#define BW_SIMD_TILE_H

#include "vector.h"

enum { TILE_ROWS = 4, TILE_COLUMNS = 8 };

/*
 * The sums of 4 rows, or of the first `height` of them, and 8 columns: y[r][c] (+)= sum over k < pairs of rows[k][r] . columns[k][c], each
 * a pair. rows: int16 [pairs][4][2]. columns: int16 [pairs][8][2].
 */
BW_INLINE void tile(int height, const int16_t *rows, const int16_t *columns, int32_t pairs, int add, int32_t *y, int32_t stride)
{
  vector sum[TILE_ROWS][2];
  for (int r = 0; r < height; r++)
    for (int half = 0; half < 2; half++) sum[r][half] = add ? load(y + r * stride + 4 * half) : zero();
  for (int32_t k = 0; k < pairs; k++, rows += 2 * TILE_ROWS, columns += 2 * TILE_COLUMNS) {
    vector x[2] = {load(columns), load(columns + 8)};
    for (int r = 0; r < height; r++) {
      vector w = load_splat_x32(rows + 2 * r);
      for (int half = 0; half < 2; half++) sum[r][half] = add_x32(sum[r][half], dot_i16(x[half], w));
    }
  }
  for (int r = 0; r < height; r++)
    for (int half = 0; half < 2; half++) store(y + r * stride + 4 * half, sum[r][half]);
}

/*
 * The same with columns that are spread over a grid: step k's pairs of columns 4h to 4h + 3 lie one behind the other from places[h] +
 * offsets[k] on. `halves` is 2, or 1 for four columns.
 */
BW_INLINE void spread_tile(int halves, const int16_t *rows, const int16_t *const *places, const int32_t *offsets, int32_t steps, int32_t *y,
                           int32_t stride)
{
  vector sum[TILE_ROWS][2];
  for (int r = 0; r < TILE_ROWS; r++)
    for (int half = 0; half < halves; half++) sum[r][half] = zero();
  const int16_t *place[2] = {places[0], places[halves - 1]};
  for (int32_t k = 0; k < steps; k++, rows += 2 * TILE_ROWS) {
    vector x[2];
    for (int half = 0; half < halves; half++) x[half] = load(place[half] + offsets[k]);
    for (int r = 0; r < TILE_ROWS; r++) {
      vector w = load_splat_x32(rows + 2 * r);
      for (int half = 0; half < halves; half++) sum[r][half] = add_x32(sum[r][half], dot_i16(x[half], w));
    }
  }
  for (int r = 0; r < TILE_ROWS; r++)
    for (int half = 0; half < halves; half++) store(y + r * stride + 4 * half, sum[r][half]);
}

#endif
