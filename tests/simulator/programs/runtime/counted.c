/* A kernel with the instructions that it retires, as the program itself counts them. */
#include "../kernels/kernel.h"
#include "console.h"

static uint64_t retired(void)
{
  uint64_t count;
  __asm__ volatile("csrr %0, minstret" : "=r"(count));
  return count;
}

int main(void)
{
  const uint64_t before = retired();
  const uint32_t sum = kernel(2);
  const uint64_t after = retired();
  report("sum", sum);
  report("instructions", after - before);
  return 0;
}
