/* Before main: the global pointer, the stack, the float unit and an accelerator on, .bss zero. After main, and after any exception: the end. */
  .section .text.start, "ax"
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top
  li t0, 0x1a000 /* mstatus.FS: initial, mstatus.XS: dirty */
  csrs mstatus, t0
  csrw fcsr, zero
  la t0, __bss_start
  la t1, __bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  call main
  slli a0, a0, 1
  ori a0, a0, 1
  la t0, tohost
3:
  sd a0, 0(t0)
  j 3b
