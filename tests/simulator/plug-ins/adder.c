/* Adds vectors on an accelerator, while the core does something else, and prints what comes out. */
#include "../programs/runtime/console.h"

#define COMMAND(funct, a, b) __asm__ volatile(".insn r CUSTOM_3, 3, %0, x0, %1, %2" ::"i"(funct), "r"(a), "r"(b) : "memory")
#define QUESTION(funct, reply) __asm__ volatile(".insn r CUSTOM_3, 4, %1, %0, x0, x0" : "=r"(reply) : "i"(funct) : "memory")

enum { length = 100 };
static int32_t a[length], b[length], sum[length], twice[length];
/* The round in which there is no fence. */
volatile int forgetful = -1;

static void add(const int32_t *x, const int32_t *y, int32_t *to)
{
  COMMAND(0, (uintptr_t)length, 0);
  COMMAND(1, x, y);
  COMMAND(2, to, 0);
}

static uint32_t checksum(const int32_t *values)
{
  uint32_t hash = 0;
  for (int i = 0; i < length; i++) hash = 31 * hash + (uint32_t)values[i];
  return hash;
}

int main(void)
{
  uintptr_t cycles;
  uint32_t idle = 0;
  for (int round = 0; round < 50; round++) {
    for (int i = 0; i < length; i++) {
      a[i] = i * round;
      b[i] = 1000 - 7 * i;
    }
    add(a, b, sum);
    if (round != forgetful) __asm__ volatile("fence" ::: "memory");
    idle ^= (uint32_t)sum[round];
    add(sum, sum, twice);
    uintptr_t left;
    do {
      QUESTION(3, left);
      idle += (uint32_t)left;
    } while (left);
    if (round % 10 == 0) report("checksum", checksum(sum) ^ checksum(twice));
  }
  report("idle", idle);
  QUESTION(4, cycles);
  report("cycles", cycles);
  return 0;
}
