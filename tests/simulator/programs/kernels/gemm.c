/* int8 matrix product, 64 x 64 x 64, written plainly. */
#include "kernel.h"

enum { SIZE = 64 };
static int8_t left[SIZE][SIZE], right[SIZE][SIZE];
static int32_t product[SIZE][SIZE];

uint32_t kernel(uint32_t iterations)
{
  for (int i = 0; i < SIZE; i++) {
    for (int j = 0; j < SIZE; j++) {
      left[i][j] = (int8_t)(i * 31 + j * 17);
      right[i][j] = (int8_t)(i * 13 - j * 7);
    }
  }
  uint32_t sum = 0;
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        int32_t total = 0;
        for (int k = 0; k < SIZE; k++) total += left[i][k] * right[j][k];
        product[i][j] = total;
      }
    }
    sum = sum * 31 + (uint32_t)product[iteration % SIZE][(iteration * 7) % SIZE];
    left[iteration % SIZE][0] ^= (int8_t)sum;
  }
  return sum;
}
