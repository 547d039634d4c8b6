// Before main as a process of Linux: the same as start.S, but main's value goes to exit.
  .section .text.start, "ax"
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top
  call main
  li a7, 93
  ecall
