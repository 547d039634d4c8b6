/*
 * What loads, stores and float instructions take when eight cores ask for the same banks and units. Each row is one kernel; `results` has the cycles of each core,
 * `loads` what a cycle count is to be divided by.
 */
#include "../runtime/cluster.h"

/* Eight instructions of four bytes, a hundred times in a hardware loop (lp.setup). */
#define KERNEL(name, body)                                                                                                                   \
  uint32_t name(void *a, void *b);                                                                                                           \
  __asm__(".pushsection .text\n.option push\n.option norvc\n.globl " #name "\n" #name ":\n"                                                  \
          "  li t1, 100\n  li t4, 7\n  li t5, 3\n  csrr t2, mcycle\n  .insn i 0x7b, 4, x0, t1, 16\n" body                                    \
          "  csrr t3, mcycle\n  sub a0, t3, t2\n  ret\n.option pop\n.popsection\n");
/* The same, but a loop that counts down by itself. */
#define LOOP(name, count, body)                                                                                                              \
  uint32_t name(void *a, void *b);                                                                                                           \
  __asm__(".pushsection .text\n.option push\n.option norvc\n.globl " #name "\n" #name ":\n"                                                  \
          "  li t1, " #count "\n  csrr t2, mcycle\n1:\n" body                                                                                \
          "  addi t1, t1, -1\n  bnez t1, 1b\n  csrr t3, mcycle\n  sub a0, t3, t2\n  ret\n.option pop\n.popsection\n");
#define TWICE(text) text text
#define FOUR(text) TWICE(text) TWICE(text)
#define EIGHT(text) FOUR(text) FOUR(text)

#define LOAD "  lw t0, 0(a0)\n"
#define LOAD_AFTER(step) "  .insn i 0x0b, 2, t0, " #step "(a0)\n"
#define CHASE(register) "  lw " register ", 0(" register ")\n"
#define FLOAT_ADD "  .insn r 0x53, 7, 0x00, t0, t4, t5\n"
#define FLOAT_DIVIDE "  .insn r 0x53, 7, 0x0c, t0, t4, t5\n"

KERNEL(load_word, EIGHT(LOAD))
KERNEL(store_word, EIGHT("  sw t0, 0(a0)\n"))
KERNEL(load_stride, EIGHT(LOAD_AFTER(64)))
KERNEL(load_stream, EIGHT(LOAD_AFTER(4)))
KERNEL(load_load_add_add, TWICE(TWICE(LOAD) TWICE("  add t3, t4, t5\n")))
KERNEL(float_add, EIGHT(FLOAT_ADD))
KERNEL(float_add_add, FOUR(FLOAT_ADD "  add t3, t4, t5\n"))
KERNEL(float_divide, EIGHT(FLOAT_DIVIDE))
KERNEL(divide, EIGHT("  div t0, t5, t4\n"))
LOOP(chase_one, 125, EIGHT(CHASE("a0")))
LOOP(chase_four, 125, FOUR(CHASE("a0") CHASE("a2") CHASE("a3") CHASE("a4")))
LOOP(random_loads, 1000,
     "  mul a5, a5, a6\n  add a5, a5, t5\n  srli t0, a5, 14\n  and t0, t0, a7\n  .insn r 0x03, 7, 0x10, t0, a0, t0\n")

enum { words = 8192, rows = 25 };
static uint32_t chain[words] __attribute__((aligned(64)));
/* 8 KiB for the streams of each core; at 512 bytes of distance all start in the same bank. */
static uint32_t data[cores][4096] __attribute__((aligned(64)));
uint32_t results[rows][cores];

/* A random cycle through all words: each holds the address of the next one (Sattolo's algorithm). */
static void link_chain(void)
{
  static uint16_t order[words];
  uint32_t state = 12345;
  for (int i = 0; i < words; i++) order[i] = (uint16_t)i;
  for (int i = words - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    int j = (int)(state % (uint32_t)i);
    uint16_t other = order[i];
    order[i] = order[j];
    order[j] = other;
  }
  for (int i = 0; i < words; i++) chain[order[i]] = (uint32_t)&chain[order[(i + 1) % words]];
}

/* Registers that the kernels of random loads begin with. */
static uint32_t random_kernel(uint32_t (*kernel)(void *, void *), int core)
{
  register void *a0 __asm__("a0") = kernel == random_loads ? chain : &chain[(core * 997 + 5) % words];
  register void *a2 __asm__("a2") = &chain[(core * 1999 + 2003) % words];
  register void *a3 __asm__("a3") = &chain[(core * 3001 + 4001) % words];
  register void *a4 __asm__("a4") = &chain[(core * 4003 + 6007) % words];
  register uint32_t a5 __asm__("a5") = 77777u * (uint32_t)(core + 1);
  register uint32_t a6 __asm__("a6") = 1664525;
  register uint32_t a7 __asm__("a7") = 0x7ffc;
  __asm__ volatile("mv t5, %[add]\n  jalr %[kernel]"
                   : "+r"(a0), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5)
                   : "r"(a6), "r"(a7), [add] "r"(1013904223), [kernel] "r"(kernel)
                   : "ra", "t0", "t1", "t2", "t3", "t5", "memory");
  return (uint32_t)a0;
}

typedef uint32_t (*kernel_t)(void *, void *);
static const struct {
  kernel_t kernel;
  /* Bytes between the addresses of one core and the next one's. */
  int distance;
} shared[] = {
    {load_word, 0},         {load_word, 512},        {load_stride, 0x4000}, {store_word, 512}, {load_load_add_add, 512}, {load_word, 4},
    {load_stream, 0x4000}, {load_stream, 512},      {float_add, 0},        {float_add_add, 0}, {float_divide, 0},       {divide, 0},
};
static const kernel_t random_kernels[] = {chase_one, chase_four, random_loads};

int main(int core)
{
  if (core == 0) link_chain();
  int row = 0;
  for (unsigned i = 0; i < sizeof shared / sizeof *shared; i++) {
    wait_for_all();
    results[row++][core] = shared[i].kernel((char *)data + core * shared[i].distance, 0);
  }
  for (unsigned i = 0; i < 3; i++)
    for (int active = 1; active <= cores; active *= 2) {
      wait_for_all();
      results[row++][core] = core < active ? random_kernel(random_kernels[i], core) : 0;
    }
  wait_for_all();
  results[row][core] = load_word((void *)0x10000004, 0);
  wait_for_all();
  return 0;
}
