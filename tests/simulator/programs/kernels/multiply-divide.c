/* Products' high halves, quotients and remainders of 64 bits. */
#include "kernel.h"

static uint64_t high(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
  return (uint64_t)(((unsigned __int128)a * b) >> 64);
#else
  const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
  const uint64_t middle = a1 * b0 + ((a0 * b0) >> 32), other = a0 * b1 + (uint32_t)middle;
  return a1 * b1 + (middle >> 32) + (other >> 32);
#endif
}

uint32_t kernel(uint32_t iterations)
{
  uint64_t x = 0x9e3779b97f4a7c15u, sum = 0;
  for (uint32_t iteration = 0; iteration < iterations * 256; iteration++) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    const uint64_t product = high(x, x ^ sum);
    sum += product / ((x >> 40) | 1) + product % ((x >> 20) | 1);
    sum ^= (uint64_t)((int64_t)x / (int32_t)(iteration | 1));
  }
  return (uint32_t)(sum ^ (sum >> 32));
}
