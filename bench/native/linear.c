/* Times the micro-kernel of kernels/simd natively: prints the shortest of many products of matrices in milliseconds. */
#include "../../kernels/simd/simd.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

int main(int count, char **arguments)
{
  if (count != 4) return 2;
  int rows = atoi(arguments[1]), depth = atoi(arguments[2]), outputs = atoi(arguments[3]);
  size_t inputs = (size_t)rows * (size_t)depth, weights = (size_t)(outputs + 7) * (size_t)(depth + 1), sums = (size_t)rows * (size_t)outputs;
  int8_t *x = malloc(inputs);
  int16_t *w = malloc(weights * sizeof *w);
  int32_t *y = malloc(sums * sizeof *y);
  void *scratch = malloc(BW_LINEAR_ROWS * (BW_LINEAR_DEPTH + 8) * sizeof(int16_t) + 128);
  if (!x || !w || !y || !scratch) return 1;
  for (size_t i = 0; i < inputs; i++) x[i] = (int8_t)rand();
  for (size_t i = 0; i < weights; i++) w[i] = (int8_t)rand();
  double best = 1e30, end = now() + 150;
  while (now() < end) {
    double start = now();
    bw_packed_linear_i8(rows, depth, outputs, x, w, scratch, y);
    double took = now() - start;
    if (took < best) best = took;
  }
  int32_t used = 0;
  for (size_t i = 0; i < sums; i++) used ^= y[i];
  printf("%.6f %d\n", best, used & 1);
  return 0;
}
