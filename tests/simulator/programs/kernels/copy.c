/* Copies by bytes and by words. */
#include "kernel.h"

enum { BYTES = 16384 };
static union {
  uint32_t words[BYTES / 4];
  uint8_t bytes[BYTES];
} from, to;

uint32_t kernel(uint32_t iterations)
{
  for (uint32_t i = 0; i < BYTES / 4; i++) from.words[i] = i * 2654435761u;
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    for (uint32_t i = 0; i < BYTES; i++) {
      to.bytes[i] = from.bytes[i];
      __asm__ volatile("" ::: "memory");
    }
    for (uint32_t i = 0; i < BYTES / 4; i++) {
      from.words[i] = to.words[BYTES / 4 - 1 - i] + iteration;
      __asm__ volatile("" ::: "memory");
    }
  }
  uint32_t sum = 0;
  for (uint32_t i = 0; i < BYTES / 4; i++) sum = sum * 31 + from.words[i];
  return sum;
}
