/* One counter under a lock, one by amoadd, one by lr and sc with a call in between, so that other cores' turns come there; lines that are not mixed up. */
#include "../runtime/cluster.h"

enum { rounds = 60 };

static lock_t lock, console;
static volatile uint32_t locked, added, reserved, failures;

__attribute__((noinline)) static uint32_t linger(uint32_t value, int turns)
{
  for (volatile int i = 0; i < turns; i++) continue;
  return value + 1;
}

static uint32_t load_reserved(volatile uint32_t *from)
{
  uint32_t value;
  __asm__ volatile("lr.w %0, (%1)" : "=r"(value) : "r"(from) : "memory");
  return value;
}

static uint32_t store_conditional(volatile uint32_t *to, uint32_t value)
{
  uint32_t failed;
  __asm__ volatile("sc.w %0, %1, (%2)" : "=r"(failed) : "r"(value), "r"(to) : "memory");
  return failed;
}

int main(int core)
{
  for (int round = 0; round < rounds; round++) {
    acquire(&lock);
    locked++;
    release(&lock);
    add_atomically(&added, (uint32_t)core);
    uint32_t failed = 0;
    while (store_conditional(&reserved, linger(load_reserved(&reserved), (core + round) % 5))) failed++;
    if (failed != 0) add_atomically(&failures, failed);
  }
  acquire(&console);
  print("core ");
  print_decimal(core);
  print(" is done\n");
  release(&console);
  wait_for_all();
  if (core != 0) return 0;
  report("locked", locked);
  report("added", added);
  report("reserved", reserved);
  print(failures != 0 ? "some reservations were lost\n" : "no reservation was lost\n");
  return locked != rounds * cores || added != rounds * 28 || reserved != rounds * cores;
}
