#include "model/memories.h"

#include <math.h>
#include <string.h>

int8_t scratchpad[SCRATCHPAD_ROWS][DIM];
int32_t accumulator[ACCUMULATOR_ROWS][DIM];
configuration configured;

static const uint32_t one = 0x3f800000; /* the float32 1.0 */

static float float_of(uint64_t word)
{
  const uint32_t bits = (uint32_t)(word >> 32);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

void configure(words command)
{
  const uint64_t first = command.first, second = command.second;
  const uint32_t low = (uint32_t)first, scale = (uint32_t)(first >> 32);
  if (field(low, 1, 0) == 0) {
    const uint32_t known = 1u << 2 | 1u << 8 | 1u << 9 | 0xffff0000;
    expect(field(low, 2, 2) == 1 && (low & ~known) == 0 && scale == one && field(second, 31, 0) == 0, "products whose weights stay, unscaled");
    configured.products = (multiplying){field(low, 8, 8), field(low, 9, 9), field(low, 31, 16), field(second, 63, 48)};
  } else if (field(low, 1, 0) == 1) {
    const int32_t kind = field(low, 4, 3);
    expect(field(low, 2, 2) == 0 && kind < 3 && scale == one, "one of three loads, unscaled");
    configured.loads[kind] = (loading){(int64_t)second, field(low, 31, 16), field(low, 15, 8)};
  } else {
    const int32_t step = field(low, 5, 4);
    storing stores = {.stride = (uint32_t)second, .scale = float_of(second), .relu = field(low, 3, 2) == 1};
    expect(field(low, 1, 0) == 2 && field(low, 11, 8) == 0, "stores without a border");
    if (step != 0) {
      stores.pool = field(low, 7, 6);
      stores.step = step;
      stores.across = field(low, 31, 24);
      stores.window_rows = field(first, 39, 32);
      stores.window_columns = field(first, 47, 40);
      stores.rows = field(first, 55, 48);
      stores.columns = field(first, 63, 56);
    }
    configured.stores = stores;
  }
}

void load(const loading *as, uint64_t from, block to)
{
  const int8_t *bytes = (const int8_t *)(uintptr_t)from;
  for (int32_t r = 0; r < to.rows; r++) {
    for (int32_t c = 0; c < to.columns; c++) {
      const uint32_t row = to.row + (uint32_t)(r + c / DIM * as->block);
      if (is_sums(to.row)) {
        write_sum(row, c % DIM, bytes ? ((const int32_t *)(const void *)bytes)[c] : 0);
        continue;
      }
      for (uint32_t p = 0; p < (uint32_t)as->beside && p <= row; p++)
        scratchpad[row - p][c % DIM + (int32_t)p * to.columns] = bytes ? bytes[c] : 0;
    }
    if (bytes) bytes += as->stride;
  }
}

/* clamp_int8(rne((float)sum * scale)), the product rounded to float: one sum, or one byte of the scratchpad as it is. */
static int8_t read_out(uint32_t row, int32_t column)
{
  const storing *const as = &configured.stores;
  if (!is_sums(row)) return scratchpad[row][column];
  const int32_t sum = accumulator[sums_row(row)][column];
  const float product = (float)(as->relu && sum < 0 ? 0 : sum) * as->scale;
  if (product >= 127) return 127;
  return product <= -128 ? -128 : (int8_t)lrintf(product);
}

static void store_windows(int8_t *to, block from)
{
  const storing *const as = &configured.stores;
  for (int32_t row = 0; row < as->window_rows; row++) {
    for (int32_t column = 0; column < as->window_columns; column++) {
      for (int32_t c = 0; c < from.columns; c++) {
        int8_t most = INT8_MIN;
        for (int32_t u = 0; u < as->pool; u++) {
          for (int32_t v = 0; v < as->pool; v++) {
            const int32_t y = row * as->step + u, x = column * as->step + v;
            expect(y < as->rows && x < as->columns, "windows inside their image");
            const int8_t value = read_out(from.row + (uint32_t)(y * as->columns + x), c);
            if (value > most) most = value;
          }
        }
        to[(row * as->across + column) * as->stride + c] = most;
      }
    }
  }
}

void store(uint64_t to, block from)
{
  int8_t *bytes = (int8_t *)(uintptr_t)to;
  if (configured.stores.pool != 0) {
    store_windows(bytes, from);
    return;
  }
  const int whole = is_sums(from.row) && (from.row & WHOLE) != 0;
  for (int32_t r = 0; r < from.rows; r++, bytes += configured.stores.stride) {
    for (int32_t c = 0; c < from.columns; c++) {
      const uint32_t row = from.row + (uint32_t)(r + c / DIM * DIM);
      if (whole) ((int32_t *)(void *)bytes)[c] = accumulator[sums_row(row)][c % DIM];
      else bytes[c] = read_out(row, c % DIM);
    }
  }
}
