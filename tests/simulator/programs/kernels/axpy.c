/* y = a x + y in double. */
#include "kernel.h"

enum { COUNT = 2048 };
static double x[COUNT], y[COUNT];

uint32_t kernel(uint32_t iterations)
{
  for (int i = 0; i < COUNT; i++) {
    x[i] = i * 0.25;
    y[i] = 1.0 / (i + 1);
  }
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    const double a = 0.001 * (double)(iteration & 7) - 0.003;
    for (int i = 0; i < COUNT; i++) y[i] = a * x[i] + y[i];
  }
  uint32_t sum = 0;
  for (int i = 0; i < COUNT; i++) sum = sum * 31 + (uint32_t)(int64_t)(y[i] * 65536.0);
  return sum;
}
