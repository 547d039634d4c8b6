/* Calls and returns. */
#include "kernel.h"

static __attribute__((noinline)) uint32_t fibonacci(uint32_t n)
{
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

uint32_t kernel(uint32_t iterations)
{
  uint32_t sum = 0;
  for (uint32_t iteration = 0; iteration < iterations; iteration++) sum = sum * 31 + fibonacci(20 + (iteration & 1));
  return sum;
}
