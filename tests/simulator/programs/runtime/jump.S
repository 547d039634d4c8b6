// The registers that a called function keeps: ra, sp, s0 to s11 and fs0 to fs11.
#if __riscv_xlen == 64
#define STORE sd
#define LOAD ld
#else
#define STORE sw
#define LOAD lw
#endif
#if __riscv_flen == 64
#define FSTORE fsd
#define FLOAD fld
#else
#define FSTORE fsw
#define FLOAD flw
#endif

  .macro integers operation
  \operation ra, 0(a0)
  \operation sp, 8(a0)
  \operation s0, 16(a0)
  \operation s1, 24(a0)
  \operation s2, 32(a0)
  \operation s3, 40(a0)
  \operation s4, 48(a0)
  \operation s5, 56(a0)
  \operation s6, 64(a0)
  \operation s7, 72(a0)
  \operation s8, 80(a0)
  \operation s9, 88(a0)
  \operation s10, 96(a0)
  \operation s11, 104(a0)
  .endm

  .macro floats operation
#ifdef __riscv_flen
  \operation fs0, 112(a0)
  \operation fs1, 120(a0)
  \operation fs2, 128(a0)
  \operation fs3, 136(a0)
  \operation fs4, 144(a0)
  \operation fs5, 152(a0)
  \operation fs6, 160(a0)
  \operation fs7, 168(a0)
  \operation fs8, 176(a0)
  \operation fs9, 184(a0)
  \operation fs10, 192(a0)
  \operation fs11, 200(a0)
#endif
  .endm

  .text
  .globl set_jump
set_jump:
  integers STORE
  floats FSTORE
  li a0, 0
  ret

  .globl long_jump
long_jump:
  integers LOAD
  floats FLOAD
  seqz a0, a1
  add a0, a0, a1
  ret
