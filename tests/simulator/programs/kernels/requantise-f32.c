/* int32 sums to int8 by a float multiplier, rounding to nearest, ties to even. */
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
    const float multiplier = 0.000172f + (float)iteration * 1e-7f;
    for (int i = 0; i < COUNT; i++) {
      float value = (float)sums[i] * multiplier;
      if (value < -128) value = -128;
      if (value > 127) value = 127;
      const float magic = 12582912.0f;
      results[i] = (int8_t)(value + magic - magic);
    }
    total = total * 31 + (uint8_t)results[iteration % COUNT];
  }
  return total;
}
