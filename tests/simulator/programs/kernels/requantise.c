/* int32 sums to int8: a 64-bit product with a fixed-point multiplier, rounding half up, a shift and a clamp. */
#include "kernel.h"

enum { COUNT = 4096 };
static int32_t sums[COUNT];
static int8_t results[COUNT];

uint32_t kernel(uint32_t iterations)
{
  uint32_t random = 1, total = 0;
  for (int i = 0; i < COUNT; i++) {
    random = random * 1664525u + 1013904223u;
    sums[i] = (int32_t)random >> 12;
  }
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    const int64_t multiplier = 1518500250 + (int64_t)iteration;
    for (int i = 0; i < COUNT; i++) {
      int64_t value = (sums[i] * multiplier + ((int64_t)1 << 42)) >> 43;
      if (value < -128) value = -128;
      if (value > 127) value = 127;
      results[i] = (int8_t)value;
    }
    total = total * 31 + (uint8_t)results[iteration % COUNT];
  }
  return total;
}
