/*
 * c = a * b of int8 with int32 sums, as PULP's kernels have it: tiles of four rows by two columns, six loads that step on and eight dot products (XpulpV2) in a
 * hardware loop. Groups of four rows are dealt out to the cores.
 */
#include "../runtime/cluster.h"

enum { most = 64 * 512, shapes = 5 };
static const struct {
  int rows, columns, depth;
} sizes[shapes] = {{32, 32, 64}, {64, 32, 128}, {64, 64, 128}, {64, 64, 256}, {32, 32, 512}};

static int8_t a[most] __attribute__((aligned(64))), b[most] __attribute__((aligned(64)));
int32_t result[shapes][64 * 64] __attribute__((aligned(64)));
uint32_t results[shapes][cores];

/* (four rows of a, b by columns, four rows of c, depth, bytes of a row of c, columns / 2) */
void group(const int8_t *a, const int8_t *b, int32_t *c, int depth, int pitch, int pairs);

#define LOAD(to, from) "  .insn i 0x0b, 2, " to ", " from ", 4\n"
#define DOT(sum, x, y) "  .insn r 0x57, 1, 0x5c, " sum ", " x ", " y "\n"
__asm__(
    ".pushsection .text\n.option push\n.option norvc\n.globl group\ngroup:\n"
    "  addi sp, sp, -64\n  sw ra, 0(sp)\n  sw s0, 4(sp)\n  sw s1, 8(sp)\n  sw s2, 12(sp)\n  sw s3, 16(sp)\n  sw s4, 20(sp)\n  sw s5, 24(sp)\n"
    "  sw s6, 28(sp)\n  sw s7, 32(sp)\n  sw s8, 36(sp)\n  sw s9, 40(sp)\n  sw s10, 44(sp)\n  sw s11, 48(sp)\n"
    "  mv s5, a1\n  mv s6, a5\n  srli s10, a3, 2\n"
    "1:\n  mv s0, a0\n  add s1, s0, a3\n  add s2, s1, a3\n  add s3, s2, a3\n  mv s4, s5\n  add s7, s5, a3\n"
    "  li a5, 0\n  li a6, 0\n  li a7, 0\n  li t3, 0\n  li t4, 0\n  li t5, 0\n  li t6, 0\n  li s8, 0\n"
    "  .insn i 0x7b, 4, x0, s10, 28\n"
    LOAD("t0", "s0") LOAD("t1", "s1") LOAD("t2", "s2") LOAD("s11", "s3") LOAD("ra", "s4") LOAD("a1", "s7")
    DOT("a5", "t0", "ra") DOT("a6", "t1", "ra") DOT("a7", "t2", "ra") DOT("t3", "s11", "ra")
    DOT("t4", "t0", "a1") DOT("t5", "t1", "a1") DOT("t6", "t2", "a1") DOT("s8", "s11", "a1")
    "  sw a5, 0(a2)\n  sw t4, 4(a2)\n  add t0, a2, a4\n  sw a6, 0(t0)\n  sw t5, 4(t0)\n  add t0, t0, a4\n  sw a7, 0(t0)\n  sw t6, 4(t0)\n"
    "  add t0, t0, a4\n  sw t3, 0(t0)\n  sw s8, 4(t0)\n"
    "  addi a2, a2, 8\n  mv s5, s7\n  addi s6, s6, -1\n  bnez s6, 1b\n"
    "  lw ra, 0(sp)\n  lw s0, 4(sp)\n  lw s1, 8(sp)\n  lw s2, 12(sp)\n  lw s3, 16(sp)\n  lw s4, 20(sp)\n  lw s5, 24(sp)\n"
    "  lw s6, 28(sp)\n  lw s7, 32(sp)\n  lw s8, 36(sp)\n  lw s9, 40(sp)\n  lw s10, 44(sp)\n  lw s11, 48(sp)\n  addi sp, sp, 64\n  ret\n"
    ".option pop\n.popsection\n");

int main(int core)
{
  for (int i = core; i < most; i += cores) {
    a[i] = (int8_t)(i * 7 + (i >> 6) * 13);
    b[i] = (int8_t)(i * 11 - (i >> 5) * 29);
  }
  for (int shape = 0; shape < shapes; shape++) {
    const int rows = sizes[shape].rows, columns = sizes[shape].columns, depth = sizes[shape].depth;
    wait_for_all();
    const uint32_t start = cycle();
    for (int row = 4 * core; row < rows; row += 4 * cores)
      group(a + row * depth, b, &result[shape][row * columns], depth, 4 * columns, columns / 2);
    results[shape][core] = cycle() - start;
  }
  wait_for_all();
  return 0;
}
