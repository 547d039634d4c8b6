/* Calls through pointers in an order that nobody can predict. */
#include "kernel.h"

#define FUNCTION(name, expression) \
  static uint32_t name(uint32_t x) \
  { \
    return expression; \
  }
FUNCTION(increment, x + 1)
FUNCTION(rotate, (x << 7) | (x >> 25))
FUNCTION(invert, ~x)
FUNCTION(scale, x * 2654435761u)
FUNCTION(fold, x ^ (x >> 15))
FUNCTION(halve, x / 3)
FUNCTION(shift, x << 3)
FUNCTION(difference, 1000003 - x)

static uint32_t (*volatile const functions[8])(uint32_t) = {increment, rotate, invert, scale, fold, halve, shift, difference};

uint32_t kernel(uint32_t iterations)
{
  uint32_t x = 1, random = 1;
  for (uint32_t iteration = 0; iteration < iterations * 256; iteration++) {
    random = random * 1664525u + 1013904223u;
    x = functions[random >> 29](x);
  }
  return x;
}
