# copy1
 ble a2,zero,.L1
 add a2,a1,a2
.L3:
 lb a5,0(a1)
 addi a1,a1,1
 addi a0,a0,1
 sb a5,-1(a0)
 bne a1,a2,.L3
.L1:
 ret
# copy8
 ble a2,zero,.L6
 addi a5,a2,-1
 srli a5,a5,2
 slli a5,a5,5
 addi a4,a1,32
 add a5,a5,a4
.L8:
 ld a6,0(a1)
 ld a2,8(a1)
 ld a3,16(a1)
 ld a4,24(a1)
 sd a6,0(a0)
 sd a2,8(a0)
 sd a3,16(a0)
 sd a4,24(a0)
 addi a1,a1,32
 addi a0,a0,32
 bne a1,a5,.L8
.L6:
 ret
# read8
 ble a1,zero,.L13
 addi a4,a1,-1
 srli a4,a4,3
 addi a3,a0,64
 slli a4,a4,6
 mv a5,a0
 add a4,a4,a3
 li a0,0
.L12:
 ld a6,0(a5)
 ld a1,8(a5)
 ld a2,16(a5)
 ld a3,24(a5)
 add a0,a0,a6
 add a0,a0,a1
 ld a6,32(a5)
 ld a1,40(a5)
 add a0,a0,a2
 add a0,a0,a3
 ld a2,48(a5)
 ld a3,56(a5)
 add a0,a0,a6
 add a0,a0,a1
 add a0,a0,a2
 addi a5,a5,64
 add a0,a0,a3
 bne a4,a5,.L12
 ret
.L13:
 li a0,0
 ret
# write8
 ble a1,zero,.L15
 li a5,0
.L17:
 sd a5,0(a0)
 sd a5,8(a0)
 sd a5,16(a0)
 sd a5,24(a0)
 sd a5,32(a0)
 sd a5,40(a0)
 sd a5,48(a0)
 sd a5,56(a0)
 addi a5,a5,8
 addi a0,a0,64
 bgt a1,a5,.L17
.L15:
 ret
# lut8
 ble a3,zero,.L19
 add a3,a1,a3
.L21:
 lbu a5,0(a1)
 addi a0,a0,1
 addi a1,a1,1
 add a5,a2,a5
 lb a5,0(a5)
 sb a5,-1(a0)
 bne a1,a3,.L21
.L19:
 ret
# lut16
 ble a3,zero,.L23
 slli a3,a3,1
 add a4,a1,a3
.L25:
 lhu a5,0(a1)
 addi a0,a0,1
 addi a1,a1,2
 add a5,a2,a5
 lb a5,0(a5)
 sb a5,-1(a0)
 bne a1,a4,.L25
.L23:
 ret
# requant_f32
 ble a2,zero,.L27
 slli a2,a2,2
 add a3,a1,a2
 li a6,-128
 li a2,127
.L31:
 lw a5,0(a1)
 addi a1,a1,4
 fcvt.s.w fa5,a5
 fmul.s fa5,fa5,fa0
 fcvt.w.s a5, fa5, rne
 sext.w a4,a5
 bge a4,a6,.L29
 li a5,-128
.L29:
 sext.w a4,a5
 ble a4,a2,.L30
 li a5,127
.L30:
 sb a5,0(a0)
 addi a0,a0,1
 bne a1,a3,.L31
.L27:
 ret
# requant_f64
 ble a2,zero,.L33
 slli a2,a2,2
 add a3,a1,a2
 li a6,-128
 li a2,127
.L37:
 lw a5,0(a1)
 addi a1,a1,4
 fcvt.d.w fa5,a5
 fmul.d fa5,fa5,fa0
 fcvt.w.d a5, fa5, rne
 sext.w a4,a5
 bge a4,a6,.L35
 li a5,-128
.L35:
 sext.w a4,a5
 ble a4,a2,.L36
 li a5,127
.L36:
 sb a5,0(a0)
 addi a0,a0,1
 bne a1,a3,.L37
.L33:
 ret
# requant_i64
 ble a4,zero,.L39
 addiw a5,a3,-1
 slli a4,a4,2
 li a6,1
 sll a6,a6,a5
 add a4,a1,a4
 li t1,-128
 li a7,127
.L43:
 lw a5,0(a1)
 addi a1,a1,4
 mul a5,a5,a2
 add a5,a5,a6
 sra a5,a5,a3
 bge a5,t1,.L41
 li a5,-128
.L41:
 ble a5,a7,.L42
 li a5,127
.L42:
 sb a5,0(a0)
 addi a0,a0,1
 bne a4,a1,.L43
.L39:
 ret
# add8
 ble a3,zero,.L46
 li a5,0
 li t3,-128
 li t1,127
.L50:
 add a4,a1,a5
 add a6,a2,a5
 lb a4,0(a4)
 lb a6,0(a6)
 add a7,a0,a5
 addi a5,a5,1
 addw a6,a4,a6
 mv a4,a6
 bge a6,t3,.L48
 li a4,-128
 li a6,-128
.L48:
 ble a6,t1,.L49
 li a4,127
.L49:
 sb a4,0(a7)
 bne a3,a5,.L50
.L46:
 ret
# sum32
 ble a1,zero,.L55
 slli a1,a1,2
 mv a5,a0
 add a3,a0,a1
 li a0,0
.L54:
 lw a4,0(a5)
 addi a5,a5,4
 addw a0,a4,a0
 bne a5,a3,.L54
 ret
.L55:
 li a0,0
 ret
# max32
 mv a5,a0
 lw a0,0(a0)
 ble a1,zero,.L58
 slli a1,a1,2
 add a2,a5,a1
.L60:
 lw a4,0(a5)
 addi a5,a5,4
 mv a3,a4
 bge a4,a0,.L59
 mv a3,a0
.L59:
 sext.w a0,a3
 bne a5,a2,.L60
.L58:
 ret
# dot8
 ble a2,zero,.L65
 mv a5,a0
 add a2,a0,a2
 li a0,0
.L64:
 lb a4,0(a5)
 lb a3,0(a1)
 addi a5,a5,1
 addi a1,a1,1
 mulw a4,a4,a3
 addw a0,a4,a0
 bne a2,a5,.L64
 ret
.L65:
 li a0,0
 ret
# sumf
 fmv.w.x fa0,zero
 ble a1,zero,.L70
 slli a1,a1,2
 add a5,a0,a1
.L69:
 flw fa5,0(a0)
 addi a0,a0,4
 fadd.s fa0,fa0,fa5
 bne a0,a5,.L69
 ret
.L70:
 ret
# dequant
 ble a2,zero,.L72
 slli a2,a2,2
 add a4,a0,a2
.L74:
 lb a5,0(a1)
 addi a0,a0,4
 addi a1,a1,1
 fcvt.s.w fa5,a5
 fmul.s fa5,fa5,fa0
 fsw fa5,-4(a0)
 bne a0,a4,.L74
.L72:
 ret
# resadd
 ble a6,zero,.L76
 addiw a7,a5,-1
 li t5,1
 sll t5,t5,a7
 li t1,0
 li t0,-128
 li t6,127
.L80:
 add a7,a1,t1
 add t3,a2,t1
 lb a7,0(a7)
 lb t3,0(t3)
 add t4,a0,t1
 mul a7,a7,a3
 addi t1,t1,1
 mul t3,t3,a4
 add a7,a7,t3
 add a7,a7,t5
 sra a7,a7,a5
 bge a7,t0,.L78
 li a7,-128
.L78:
 ble a7,t6,.L79
 li a7,127
.L79:
 sb a7,0(t4)
 bne a6,t1,.L80
.L76:
 ret
# transpose8
 ble a2,zero,.L83
 sext.w t4,a3
 li t1,0
 li a7,0
.L85:
 ble a3,zero,.L92
 add t3,a1,a3
.L87:
 add a5,a1,t1
 add a4,a0,a7
 add a6,t3,t1
.L86:
 lb a3,0(a5)
 addi a5,a5,1
 sb a3,0(a4)
 add a4,a4,a2
 bne a5,a6,.L86
 addi a7,a7,1
 addw t1,t1,t4
 bne a7,a2,.L87
 ret
.L92:
 addi a7,a7,1
 addw t1,t1,t4
 bne a7,a2,.L85
.L83:
 ret
# matmul8
 ble a3,zero,.L103
 addi sp,sp,-48
 sd s0,40(sp)
 sd s1,32(sp)
 sd s2,24(sp)
 sd s3,16(sp)
 sd s4,8(sp)
 sd s5,0(sp)
 mv s2,a0
 mv s1,a3
 mv t5,a1
 mv t6,a2
 mv a0,a4
 mv t4,a5
 sext.w s4,a4
 sext.w s3,a5
 li t0,0
 li s0,0
 li t2,0
 add s5,a1,a5
.L95:
 ble a0,zero,.L97
 slli t1,s0,2
 sext.w t3,t0
 add t1,s2,t1
 li a7,0
 add a6,s5,t0
.L100:
 add a5,t5,t3
 add a3,t6,a7
 li a2,0
 ble t4,zero,.L99
.L96:
 lb a4,0(a5)
 lb a1,0(a3)
 addi a5,a5,1
 add a3,a3,a0
 mulw a4,a4,a1
 addw a2,a4,a2
 bne a6,a5,.L96
.L99:
 sw a2,0(t1)
 addi a7,a7,1
 addi t1,t1,4
 bne a7,a0,.L100
.L97:
 addiw t2,t2,1
 addw s0,s0,s4
 addw t0,t0,s3
 bne s1,t2,.L95
 ld s0,40(sp)
 ld s1,32(sp)
 ld s2,24(sp)
 ld s3,16(sp)
 ld s4,8(sp)
 ld s5,0(sp)
 addi sp,sp,48
 jr ra
.L103:
 ret
# im2col3
 mv a5,a2
 li a2,2
 ble a5,a2,.L122
 mulw t0,a3,a4
 addi sp,sp,-64
 slli t6,a4,32
 sd s1,48(sp)
 sd s2,40(sp)
 sd s3,32(sp)
 sd s4,24(sp)
 sd s5,16(sp)
 sd s6,8(sp)
 sd s0,56(sp)
 mv t5,a1
 mv s2,a3
 mv a7,a4
 addiw s6,a5,-2
 addiw s1,a3,-2
 sext.w t1,a4
 li s4,0
 li s3,0
 li s5,2
 srli t6,t6,32
.L108:
 mv s0,s4
 li t2,0
 ble s2,s5,.L115
.L117:
 mv t4,s0
 li t3,3
.L116:
 mv a6,t4
 li a1,3
.L114:
 ble a7,zero,.L112
 sext.w a4,a6
 add a4,t5,a4
 add a2,a0,a7
 mv a5,a0
.L109:
 lb a3,0(a4)
 addi a5,a5,1
 addi a4,a4,1
 sb a3,-1(a5)
 bne a2,a5,.L109
 add a0,a0,t6
.L112:
 addiw a1,a1,-1
 addw a6,a6,t1
 bne a1,zero,.L114
 addiw t3,t3,-1
 addw t4,t4,t0
 bne t3,zero,.L116
 addiw t2,t2,1
 addw s0,s0,t1
 bne s1,t2,.L117
.L115:
 addiw s3,s3,1
 addw s4,s4,t0
 bne s3,s6,.L108
 ld s0,56(sp)
 ld s1,48(sp)
 ld s2,40(sp)
 ld s3,32(sp)
 ld s4,24(sp)
 ld s5,16(sp)
 ld s6,8(sp)
 addi sp,sp,64
 jr ra
.L122:
 ret
# softmax_lut
 li a5,1
 lb a4,0(a1)
 ble a3,a5,.L126
 addi a5,a1,1
 add a3,a1,a3
.L128:
 lb a7,0(a5)
 mv a6,a7
 bge a7,a4,.L127
 mv a6,a4
.L127:
 addi a5,a5,1
 sext.w a4,a6
 bne a3,a5,.L128
.L129:
 mv a6,a1
 li a7,0
.L131:
 lb a5,0(a6)
 addi a6,a6,1
 subw a5,a4,a5
 slli a5,a5,2
 add a5,a2,a5
 lw a5,0(a5)
 addw a7,a5,a7
 bne a6,a3,.L131
 li a6,1073741824
 divw a6,a6,a7
.L133:
 lb a5,0(a1)
 addi a0,a0,1
 addi a1,a1,1
 subw a5,a4,a5
 slli a5,a5,2
 add a5,a2,a5
 lw a5,0(a5)
 mul a5,a5,a6
 srai a5,a5,22
 sb a5,-1(a0)
 bne a3,a1,.L133
 ret
.L126:
 beq a3,a5,.L138
 ebreak
.L138:
 addi a3,a1,1
 j .L129
# softmax_div
 li a5,1
 lb a4,0(a1)
 ble a3,a5,.L140
 addi a5,a1,1
 add a3,a1,a3
.L142:
 lb a7,0(a5)
 addi a5,a5,1
 mv a6,a7
 bge a7,a4,.L141
 mv a6,a4
.L141:
 sext.w a4,a6
 bne a3,a5,.L142
.L143:
 mv a6,a1
 li a7,0
.L145:
 lb a5,0(a6)
 addi a6,a6,1
 subw a5,a4,a5
 slli a5,a5,2
 add a5,a2,a5
 lw a5,0(a5)
 addw a7,a5,a7
 bne a3,a6,.L145
.L146:
 lb a5,0(a1)
 addi a0,a0,1
 addi a1,a1,1
 subw a5,a4,a5
 slli a5,a5,2
 add a5,a2,a5
 lw a5,0(a5)
 slli a5,a5,40
 div a5,a5,a7
 sb a5,-1(a0)
 bne a3,a1,.L146
.L139:
 ret
.L140:
 bne a3,a5,.L139
 addi a3,a1,1
 j .L143
# layernorm_int
 ble a4,zero,.L150
 mv a7,a1
 add t3,a4,a1
 mv a5,a1
 li t1,0
.L152:
 lb a6,0(a5)
 addi a5,a5,1
 addw t1,a6,t1
 bne t3,a5,.L152
 divw a6,t1,a4
 li t1,0
.L153:
 lb a5,0(a7)
 addi a7,a7,1
 subw a5,a5,a6
 mulw a5,a5,a5
 add t1,t1,a5
 bne t3,a7,.L153
 div t1,t1,a4
 li a5,1
 slli t1,t1,16
 addi t5,t1,1
 ble t1,a5,.L154
 srai a5,t5,1
 ble t1,a5,.L154
.L155:
 div t3,t1,a5
 mv a7,a5
 add a5,t3,a5
 srai a5,a5,1
 blt a5,a7,.L155
 addi a7,a7,1
 li t5,1073741824
 div t5,t5,a7
.L156:
 li a7,0
 li t0,-128
 li t6,127
.L157:
 add a5,a1,a7
 lb a5,0(a5)
 add t1,a2,a7
 lb t4,0(t1)
 subw a5,a5,a6
 lw t3,0(a3)
 add t1,a0,a7
 addi a3,a3,4
 addi a7,a7,1
 mul a5,a5,t5
 srai a5,a5,14
 mul a5,a5,t4
 add a5,a5,t3
 srai a5,a5,8
 bge a5,t0,.L158
 li a5,-128
.L158:
 ble a5,t6,.L159
 li a5,127
.L159:
 sb a5,0(t1)
 bne a4,a7,.L157
.L150:
 ret
.L154:
 li a5,1073741824
 div t5,a5,t5
 j .L156
# layernorm_float
 ble a4,zero,.L165
 fmv.w.x fa3,zero
 add a6,a1,a4
 mv a5,a1
 fmv.s fa4,fa3
.L167:
 lb a7,0(a5)
 addi a5,a5,1
 fcvt.s.w fa5,a7
 fadd.s fa4,fa4,fa5
 fmadd.s fa3,fa5,fa5,fa3
 bne a6,a5,.L167
 fcvt.s.l fa2,a4
 li t1,-128
 li a7,127
 fdiv.s fa5,fa3,fa2
 fdiv.s fa3,fa4,fa2
 fadd.s fa5,fa5,fa1
 fnmsub.s fa5,fa3,fa3,fa5
 fsqrt.s fa5,fa5
 fdiv.s fa0,fa0,fa5
.L170:
 lb a5,0(a1)
 flw fa4,0(a2)
 flw fa2,0(a3)
 fcvt.s.w fa5,a5
 fmul.s fa4,fa0,fa4
 addi a1,a1,1
 fsub.s fa5,fa5,fa3
 addi a2,a2,4
 addi a3,a3,4
 fmadd.s fa5,fa5,fa4,fa2
 fcvt.w.s a5, fa5, rne
 sext.w a4,a5
 bge a4,t1,.L168
 li a5,-128
.L168:
 sext.w a4,a5
 ble a4,a7,.L169
 li a5,127
.L169:
 sb a5,0(a0)
 addi a0,a0,1
 bne a6,a1,.L170
.L165:
 ret
# avgpool
 ble a3,zero,.L174
 li t1,0
.L176:
 add a6,a1,t1
 li a4,0
 li a7,0
 li a5,0
 ble a2,zero,.L179
.L177:
 lb a5,0(a6)
 addiw a4,a4,1
 add a6,a6,a3
 addw a7,a5,a7
 bne a2,a4,.L177
 divw a5,a7,a2
.L179:
 sw a5,0(a0)
 addi t1,t1,1
 addi a0,a0,4
 bne a3,t1,.L176
.L174:
 ret
