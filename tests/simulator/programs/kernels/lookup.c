/* A table lookup for every byte of a buffer. */
#include "kernel.h"

enum { COUNT = 8192 };
static uint8_t table[256], values[COUNT];

uint32_t kernel(uint32_t iterations)
{
  for (int i = 0; i < 256; i++) table[i] = (uint8_t)(i * 167 + 13);
  for (int i = 0; i < COUNT; i++) values[i] = (uint8_t)(i * i);
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    for (int i = 0; i < COUNT; i++) values[i] = table[values[i]];
  }
  uint32_t sum = 0;
  for (int i = 0; i < COUNT; i++) sum = sum * 31 + values[i];
  return sum;
}
