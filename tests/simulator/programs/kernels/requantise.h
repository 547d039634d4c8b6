/* What the programs that make int8 of int32 sums begin with. */
#include "kernel.h"

enum { COUNT = 4096 };
static int32_t sums[COUNT];
static int8_t results[COUNT];

static inline void fill(void)
{
  uint32_t random = 1;
  for (int i = 0; i < COUNT; i++) {
    random = random * 1664525u + 1013904223u;
    sums[i] = (int32_t)random >> 12;
  }
}
