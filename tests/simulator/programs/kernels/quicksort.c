/* A quicksort, whose branches nobody can predict. */
#include "kernel.h"

enum { COUNT = 2048 };
static int32_t values[COUNT];

static void sort(int32_t *from, int32_t *to)
{
  while (to - from > 1) {
    const int32_t pivot = from[(to - from) / 2];
    int32_t *low = from, *high = to - 1;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low <= high) {
        const int32_t other = *low;
        *low++ = *high;
        *high-- = other;
      }
    }
    if (high + 1 - from < to - low) {
      sort(from, high + 1);
      from = low;
    } else {
      sort(low, to);
      to = high + 1;
    }
  }
}

uint32_t kernel(uint32_t iterations)
{
  uint32_t random = 1, sum = 0;
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    for (int i = 0; i < COUNT; i++) {
      random = random * 1664525u + 1013904223u;
      values[i] = (int32_t)random;
    }
    sort(values, values + COUNT);
    for (int i = 0; i < COUNT; i += 64) sum = sum * 31 + (uint32_t)values[i];
  }
  return sum;
}
