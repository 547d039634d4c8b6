/* Phases that no core may leave before all others have reached it: by the machine's barrier, and by a counter that all spin on. */
#include "../runtime/cluster.h"

enum { phases = 40 };

static volatile uint32_t phase_of[cores], arrived, generation;

static void spin_for_all(void)
{
  uint32_t mine = generation;
  if (add_atomically(&arrived, 1) == cores - 1) {
    arrived = 0;
    generation = mine + 1;
  } else
    while (generation == mine) continue;
}

static int behind(uint32_t phase)
{
  int count = 0;
  for (int core = 0; core < cores; core++) count += phase_of[core] < phase;
  return count;
}

int main(int core)
{
  int errors = 0;
  for (uint32_t phase = 1; phase <= 2 * phases; phase++) {
    for (volatile uint32_t i = 0; i < (phase * 7 + (uint32_t)core * 13) % 50; i++) continue;
    phase_of[core] = phase;
    if (phase % 2 == 0) wait_for_all();
    else spin_for_all();
    errors += behind(phase);
  }
  wait_for_all();
  if (core == 0) report("phases", 2 * phases);
  return errors;
}
