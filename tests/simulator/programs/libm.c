/* Elementary functions in float and double from plain arithmetic: on a machine without a float unit all of it is library calls. */
#include "runtime/console.h"

static uint64_t bits(double value)
{
  uint64_t word;
  memcpy(&word, &value, sizeof word);
  return word;
}

static uint32_t bits_of_float(float value)
{
  uint32_t word;
  memcpy(&word, &value, sizeof word);
  return word;
}

static double root(double x)
{
  double y = x > 1 ? x : 1;
  for (int i = 0; i < 40; i++) y = 0.5 * (y + x / y);
  return y;
}

static double exponential(double x)
{
  double sum = 1, term = 1;
  for (int n = 1; n < 40; n++) {
    term *= x / n;
    sum += term;
  }
  return sum;
}

static double sine(double x)
{
  double sum = x, term = x;
  for (int n = 1; n < 20; n++) {
    term *= -x * x / ((2 * n) * (2 * n + 1));
    sum += term;
  }
  return sum;
}

static double logarithm(double x)
{
  double y = 0;
  for (int i = 0; i < 30; i++) y += 2 * (x - exponential(y)) / (x + exponential(y));
  return y;
}

static float tangent_hyperbolic(float x)
{
  const float square = x * x;
  float fraction = 0;
  for (int n = 21; n >= 1; n -= 2) fraction = square / ((float)n + fraction);
  return fraction / x;
}

int main(void)
{
  volatile double zero = 0;
  uint64_t sum = 0;
  for (int i = 1; i <= 40; i++) {
    const double x = i * 0.173;
    sum = sum * 31 + bits(root(x));
    sum = sum * 31 + bits(exponential(-x));
    sum = sum * 31 + bits(sine(x));
    sum = sum * 31 + bits(logarithm(x));
    sum = sum * 31 + bits_of_float(tangent_hyperbolic((float)x));
    sum = sum * 31 + (uint64_t)(int64_t)(x * 1e9) + (uint32_t)(int32_t)((float)x * -1e6f);
    sum = sum * 31 + bits_of_float((float)(x * 1e-41)) + bits(x * 1e-310);
  }
  report("sum", sum);
  report("infinity", bits(1 / zero));
  report("tiny", bits((double)(float)1e-42 / 3));
  report("comparisons", (uint64_t)((zero == -zero) | (1 / zero > 1e308) << 1 | (zero / zero == zero / zero) << 2 | (zero / zero < 1) << 3));
  report("largest", bits_of_float((float)3.4028235e38 * 1.0000001f));
  return 0;
}
