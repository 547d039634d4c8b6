// Before main on a machine of several cores that share one memory: 256 KiB of stack for each, core 0 makes .bss zero and calls the constructors while the
// others wait at a barrier. The program ends when main has returned on all cores, with the sum of what it returned.
  .section .text.start, "ax"
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  csrr s0, mhartid
  la sp, __stack_top
  slli t0, s0, 18
  sub sp, sp, t0
  la t0, unexpected
  csrw mtvec, t0
  bnez s0, 2f
  la t0, __bss_start
  la t1, __bss_end
1:
  bgeu t0, t1, 2f
  sw zero, 0(t0)
  addi t0, t0, 4
  j 1b
2:
  call wait_for_all
  mv a0, s0
  call main
  la t0, returned
  amoadd.w zero, a0, (t0)
  call wait_for_all
  bnez s0, 4f
  la t0, returned
  lw a0, 0(t0)
leave:
  slli a0, a0, 1
  ori a0, a0, 1
  la t0, tohost
3:
  sw a0, 0(t0)
  sw zero, 4(t0)
  j 3b
4:
  wfi
  j 4b

  .balign 4
unexpected:
  li a0, 99
  j leave

  // Barrier 0 of the machine.
  .globl wait_for_all
wait_for_all:
  li t0, 0x10000000
  lw t0, 0(t0)
  ret

  .section .bss
  .balign 4
returned:
  .zero 4
