/* A function is written as data, called after fence.i, changed and called again; one of them changes itself. */
#include "runtime/console.h"

static uint32_t code[64] __attribute__((aligned(64)));

#ifdef __riscv
static uint32_t call(uint32_t argument)
{
  __asm__ volatile("fence.i" ::: "memory");
  uint32_t (*function)(uint32_t) = (uint32_t(*)(uint32_t))(uintptr_t)code;
  return function(argument);
}
#else
static uint32_t call(uint32_t argument)
{
  const int32_t immediate = (int32_t)code[0] >> 20;
  if (code[1] == 0x00008067) return argument + (uint32_t)immediate;
  code[0] = 0x00108093; /* what the loop below leaves: it is not read again */
  return argument * 5;
}
#endif

int main(void)
{
  uint32_t sum = 1;
  for (uint32_t i = 0; i < 200; i++) {
    code[0] = (i * 5 & 0xFFF) << 20 | 0x00050513; /* addi a0, a0, 5 i */
    code[1] = 0x00008067;                         /* ret */
    sum = sum * 31 + call(i);
    if (i % 10 == 0) {
      code[0] = 0x00251793; /* slli a5, a0, 2 */
      code[1] = 0x00f50533; /* add a0, a0, a5 */
      code[2] = 0x00008067; /* ret */
      sum = sum * 31 + call(sum);
    }
  }
  report("sum", sum);
#ifdef __riscv
  static const uint32_t itself[] = {
    0x00000797, /* auipc a5, 0 */
    0x0187a703, /* lw a4, 24(a5) */
    0x00e7a823, /* sw a4, 16(a5): the instruction four below */
    0x0000100f, /* fence.i */
    0x00150513, /* addi a0, a0, 1, which becomes addi a0, a0, 100 */
    0x00008067, /* ret */
    0x06450513, /* addi a0, a0, 100 */
  };
  memcpy(code, itself, sizeof itself);
  report("itself", call(5));
#else
  report("itself", 105);
#endif
  return 0;
}
