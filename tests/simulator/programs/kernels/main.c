#include "../runtime/console.h"
#include "kernel.h"

#ifndef ITERATIONS
#define ITERATIONS 2
#endif

int main(void)
{
  report("sum", kernel(ITERATIONS));
  return 0;
}
