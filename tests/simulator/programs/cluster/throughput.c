/* What a benchmark runs: int8 products with a requantisation, each core its rows, again and again with a barrier between; ITERATIONS times. */
#include "../runtime/cluster.h"

#ifndef ITERATIONS
#define ITERATIONS 1
#endif
enum { rows = 64, depth = 64, columns = 32 };

static int8_t a[rows][depth], b[columns][depth], c[rows][columns];
static volatile uint32_t sum;

static int8_t requantise(int32_t value)
{
  int32_t scaled = (int32_t)(((int64_t)value * 1347) >> 16);
  return (int8_t)(scaled > 127 ? 127 : scaled < -128 ? -128 : scaled);
}

int main(int core)
{
  for (int i = core; i < rows; i += cores)
    for (int k = 0; k < depth; k++) a[i][k] = (int8_t)(i * 31 + k * 17 + 5);
  for (int j = core; j < columns; j += cores)
    for (int k = 0; k < depth; k++) b[j][k] = (int8_t)(k * 13 - j * 29 + 3);
  for (int iteration = 0; iteration < ITERATIONS; iteration++) {
    wait_for_all();
    for (int i = core; i < rows; i += cores)
      for (int j = 0; j < columns; j++) {
        int32_t total = iteration;
        for (int k = 0; k < depth; k++) total += a[i][k] * b[j][k];
        c[i][j] = requantise(total);
      }
  }
  uint32_t part = 0;
  for (int i = core; i < rows; i += cores)
    for (int j = 0; j < columns; j++) part = part * 31 + (uint8_t)c[i][j];
  add_atomically(&sum, part);
  wait_for_all();
  if (core == 0) report("sum", sum);
  return 0;
}
