/*
 * The register tile that every product of matrices here is made of: 4 rows times 8 columns, eight accumulators of four lanes. Depth comes in
 * pairs of 16-bit values, so that one dot_i16 adds two products to each of four columns. More than eight accumulators spill: V8 has 15
 * registers for them, the operands and a scratch. A pair of products of 8-bit values fits 17 bits; that whole sums fit 32 is the verifier's proof.
 */
#ifndef BW_SIMD_TILE_H
#define BW_SIMD_TILE_H

#include "vector.h"

enum { TILE_ROWS = 4, TILE_COLUMNS = 8 };

/*
 * y[r][c] (+)= sum over k < pairs of the pairs rows[k][r] . columns(k)[c], for 4 rows and 4 * lanes columns.
 * rows: int16 [pairs][4][2]. columns: int16 [pairs][8][2] when offsets is null, else the pairs from columns + offsets[k] on.
 */
BW_INLINE void tile(int lanes, const int16_t *rows, const int16_t *columns, const int32_t *offsets, int32_t pairs, int add, int32_t *y,
                    int32_t stride) {
  vector sum[TILE_ROWS][2];
  for (int r = 0; r < TILE_ROWS; r++)
    for (int l = 0; l < lanes; l++) sum[r][l] = add ? load(y + r * stride + 4 * l) : zero();
  for (int32_t k = 0; k < pairs; k++) {
    const int16_t *from = offsets ? columns + offsets[k] : columns + 2 * TILE_COLUMNS * k;
    vector x[2];
    for (int l = 0; l < lanes; l++) x[l] = load(from + 8 * l);
    for (int r = 0; r < TILE_ROWS; r++) {
      vector w = load_splat_x32(rows + 2 * TILE_ROWS * k + 2 * r);
      for (int l = 0; l < lanes; l++) sum[r][l] = add_x32(sum[r][l], dot_i16(x[l], w));
    }
  }
  for (int r = 0; r < TILE_ROWS; r++)
    for (int l = 0; l < lanes; l++) store(y + r * stride + 4 * l, sum[r][l]);
}

#endif
