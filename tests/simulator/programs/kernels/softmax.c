/* Softmax in double: additions, products, divisions and conversions, which are library calls where there is no float unit. */
#include "kernel.h"

enum { COUNT = 256 };
static double values[COUNT];

/* e^x for x <= 0: 2^k times a polynomial of the rest. */
static double exponential(double x)
{
  const int k = (int)(x * 1.4426950408889634 - 0.5);
  const double rest = x - k * 0.6931471805599453;
  double sum = 1, term = 1;
  for (int n = 1; n < 10; n++) {
    term = term * rest / n;
    sum += term;
  }
  for (int i = 0; i > k; i--) sum *= 0.5;
  return sum;
}

uint32_t kernel(uint32_t iterations)
{
  uint32_t result = 0;
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    double largest = -1e30, sum = 0;
    for (int i = 0; i < COUNT; i++) {
      values[i] = (double)((i * 37 + (int)(iteration & 63)) % 101) * 0.125;
      if (values[i] > largest) largest = values[i];
    }
    for (int i = 0; i < COUNT; i++) {
      values[i] = exponential(values[i] - largest);
      sum += values[i];
    }
    for (int i = 0; i < COUNT; i++) result = result * 31 + (uint32_t)(values[i] / sum * 4294967295.0);
  }
  return result;
}
