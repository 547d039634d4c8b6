/* A recursion of 15,000 calls. */
#include "kernel.h"

static volatile uint32_t seed = 7;

static __attribute__((noinline)) uint32_t descend(uint32_t depth, uint32_t value)
{
  if (depth == 0) return value;
  const uint32_t below = descend(depth - 1, value * 31 + depth);
  return below ^ (value + depth);
}

uint32_t kernel(uint32_t iterations)
{
  uint32_t sum = 0;
  for (uint32_t iteration = 0; iteration < iterations; iteration++) sum += descend(15000, seed + iteration);
  return sum;
}
