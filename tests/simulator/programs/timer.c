/* A timer interrupts a hot loop until it has ticked often enough; the loop must not notice. */
#include "runtime/console.h"

enum { TICKS = 5 };

static volatile uint32_t ticks;

static uint32_t mix(uint32_t rounds)
{
  uint32_t a = 1, b = 2, c = 3, d = 4;
  for (uint32_t i = 0; i < rounds; i++) {
    a = a * 1664525u + b;
    b ^= c >> 3;
    c += d * 5;
    d = (d << 7 | d >> 25) + a;
  }
  return a ^ b ^ c ^ d;
}

#ifdef __riscv
#define COMPARE ((volatile uint32_t *)0x02004000)
#define TIME ((volatile uint32_t *)0x0200bff8)

/* The next tick is `delay` away; the high word of the comparison is largest while the low one changes. */
static void set_timer(uint32_t delay)
{
  uint32_t high, low;
  do {
    high = TIME[1];
    low = TIME[0];
  } while (high != TIME[1]);
  const uint64_t next = ((uint64_t)high << 32 | low) + delay;
  COMPARE[1] = 0xFFFFFFFF;
  COMPARE[0] = (uint32_t)next;
  COMPARE[1] = (uint32_t)(next >> 32);
}

static __attribute__((interrupt, aligned(4))) void tick(void)
{
  ticks++;
  set_timer(ticks < TICKS ? 50 : 0x7FFFFFFF);
}

static void start_timer(void)
{
  __asm__ volatile("csrw mtvec, %0" ::"r"(tick));
  set_timer(50);
  __asm__ volatile("csrs mie, %0\n csrsi mstatus, 8" ::"r"(0x80));
}
#else
static void start_timer(void)
{
  ticks = TICKS;
}
#endif

int main(void)
{
  const uint32_t expected = mix(5000);
  start_timer();
  uint32_t wrong = 0;
  do {
    wrong += mix(5000) != expected;
  } while (ticks < TICKS);
  report("ticks", ticks);
  report("wrong", wrong);
  report("sum", expected);
  return 0;
}
