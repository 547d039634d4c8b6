/* Jumps out of a recursion, again and again, from different depths. */
#include "runtime/console.h"
#include "runtime/jump.h"

static jump_buffer outer, inner;
static volatile int depth;

static __attribute__((noinline)) int descend(int limit, int value)
{
  if (value == limit) long_jump(value % 3 == 0 ? outer : inner, value);
  depth = value;
  return descend(limit, value + 1) + depth;
}

int main(void)
{
  volatile uint32_t sum = 1, limit = 1;
  volatile double kept = 0.5;
  const int first = set_jump(outer);
  sum = sum * 31 + (uint32_t)first;
  while (limit < 200) {
    const int second = set_jump(inner);
    sum = sum * 31 + (uint32_t)second + 7;
    kept += second * 0.25;
    if (limit >= 200) break;
    limit = limit + 1;
    sum += (uint32_t)descend((int)limit, 1);
  }
  report("sum", sum);
  report("kept", (uint64_t)(kept * 16));
  return 0;
}
