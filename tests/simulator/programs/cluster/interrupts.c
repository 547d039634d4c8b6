/* A ring of software interrupts: each core sleeps until its neighbour wakes it, then wakes the next one. A timer interrupt wakes a core that sleeps alone. */
#include "../runtime/cluster.h"

enum { turns = 5 };

static volatile uint32_t *const software = (volatile uint32_t *)0x02000000;
static volatile uint32_t *const compare = (volatile uint32_t *)0x02004000;
static volatile uint32_t order[cores * turns], position;

/* Sleeps without taking the interrupt: mstatus.MIE is off. */
static void sleep(uint32_t interrupt)
{
  uint32_t pending;
  __asm__ volatile("csrw mie, %0" : : "r"(interrupt));
  do {
    __asm__ volatile("wfi");
    __asm__ volatile("csrr %0, mip" : "=r"(pending));
  } while ((pending & interrupt) == 0);
}

int main(int core)
{
  for (int turn = 0; turn < turns; turn++) {
    if (core != 0 || turn != 0) {
      sleep(1 << 3);
      software[core] = 0;
    }
    order[position++] = (uint32_t)core;
    software[(core + 1) % cores] = 1;
  }
  if (core == 0) {
    sleep(1 << 3);
    compare[0] = 400;
    compare[1] = 0;
    sleep(1 << 7);
  }
  wait_for_all();
  if (core != 0) return 0;
  for (int i = 0; i < cores * turns; i++) print_decimal((int64_t)order[i]);
  print("\n");
  for (int i = 0; i < cores * turns; i++)
    if (order[i] != (uint32_t)(i % cores)) return 1;
  return position != cores * turns;
}
