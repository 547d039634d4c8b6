/* An interpreter of a bytecode, which a compiler turns into a jump table. The program counts primes by a sieve. */
#include "kernel.h"

enum { CONSTANT, LOAD, STORE, READ, WRITE, ADD, LESS, EQUAL, JUMP, JUMP_IF, END };
enum { SIEVE = 1000 };

/* i = 2; while (i < SIEVE) { if (memory[i] == 0) { count++; for (j = i + i; j < SIEVE; j += i) memory[j] = 1; } i++; } */
static const int16_t program[] = {
  /* 0 */ CONSTANT, 2, STORE, 0,
  /* 4 */ LOAD, 0, CONSTANT, SIEVE, LESS, JUMP_IF, 13, JUMP, 69,
  /* 13 */ LOAD, 0, READ, CONSTANT, 0, EQUAL, JUMP_IF, 23, JUMP, 60,
  /* 23 */ LOAD, 1, CONSTANT, 1, ADD, STORE, 1, LOAD, 0, LOAD, 0, ADD, STORE, 2,
  /* 37 */ LOAD, 2, CONSTANT, SIEVE, LESS, JUMP_IF, 46, JUMP, 60,
  /* 46 */ CONSTANT, 1, LOAD, 2, WRITE, LOAD, 2, LOAD, 0, ADD, STORE, 2, JUMP, 37,
  /* 60 */ LOAD, 0, CONSTANT, 1, ADD, STORE, 0, JUMP, 4,
  /* 69 */ END,
};

static int32_t variables[4], memory[SIEVE];

static int32_t run(void)
{
  int32_t stack[16], *top = stack;
  const int16_t *pc = program;
  for (;;) {
    switch (*pc++) {
    case CONSTANT: *top++ = *pc++; break;
    case LOAD: *top++ = variables[*pc++]; break;
    case STORE: variables[*pc++] = *--top; break;
    case READ: top[-1] = memory[top[-1]]; break;
    case WRITE:
      top -= 2;
      memory[top[1]] = top[0];
      break;
    case ADD: top--; top[-1] += top[0]; break;
    case LESS: top--; top[-1] = top[-1] < top[0]; break;
    case EQUAL: top--; top[-1] = top[-1] == top[0]; break;
    case JUMP: pc = program + *pc; break;
    case JUMP_IF: pc = *--top != 0 ? program + *pc : pc + 1; break;
    case END: return variables[1];
    }
  }
}

uint32_t kernel(uint32_t iterations)
{
  uint32_t sum = 0;
  for (uint32_t iteration = 0; iteration < iterations; iteration++) {
    for (int i = 0; i < SIEVE; i++) memory[i] = 0;
    for (int i = 0; i < 4; i++) variables[i] = 0;
    sum += (uint32_t)run();
  }
  return sum;
}
