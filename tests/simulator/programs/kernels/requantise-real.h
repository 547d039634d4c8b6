/* int32 sums to int8 by a multiplier of type REAL, rounding to nearest, ties to even: MAGIC is 1.5 times the first power of two without fractions. */
#include "requantise.h"

uint32_t kernel(uint32_t iterations)
{
  uint32_t total = 0;
  fill();
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    const REAL multiplier = (REAL)0.000172 + (REAL)iteration * (REAL)1e-7;
    for (int i = 0; i < COUNT; i++) {
      REAL value = (REAL)sums[i] * multiplier;
      if (value < -128) value = -128;
      if (value > 127) value = 127;
      results[i] = (int8_t)(value + MAGIC - MAGIC);
    }
    total = total * 31 + (uint8_t)results[iteration % COUNT];
  }
  return total;
}
