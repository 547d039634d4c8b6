/* int32 sums to int8: a 64-bit product with a fixed-point multiplier, rounding half up, a shift and a clamp. */
#include "requantise.h"

uint32_t kernel(uint32_t iterations)
{
  uint32_t total = 0;
  fill();
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
