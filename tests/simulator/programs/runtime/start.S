// Before main: the global pointer, 4 MiB of stack, a handler that ends the program, the float unit on, .bss zero, constructors.
#if __riscv_xlen == 64
#define LOAD ld
#define WORD 8
#else
#define LOAD lw
#define WORD 4
#endif

  .section .text.start, "ax"
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top
  la t0, unexpected
  csrw mtvec, t0
#ifdef __riscv_flen
  li t0, 0x2000
  csrs mstatus, t0
  csrw fcsr, zero
#endif
  la t0, __bss_start
  la t1, __bss_end
1:
  bgeu t0, t1, 2f
  sw zero, 0(t0)
  addi t0, t0, 4
  j 1b
2:
  la s0, __init_array_start
  la s1, __init_array_end
3:
  bgeu s0, s1, 4f
  LOAD t0, 0(s0)
  jalr t0
  addi s0, s0, WORD
  j 3b
4:
  call main
  j leave

  .balign 4
unexpected:
  li a0, 99

leave:
  slli a0, a0, 1
  ori a0, a0, 1
  la t0, tohost
5:
  sw a0, 0(t0)
  sw zero, 4(t0)
  j 5b
