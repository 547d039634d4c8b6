#include <stdint.h>
typedef int8_t i8; typedef uint8_t u8; typedef int32_t i32; typedef int64_t i64; typedef uint16_t u16;
static i32 round_f32(float x){ i32 r; __asm__("fcvt.w.s %0, %1, rne":"=r"(r):"f"(x)); return r; }
static i32 round_f64(double x){ i32 r; __asm__("fcvt.w.d %0, %1, rne":"=r"(r):"f"(x)); return r; }
void copy1(i8*d,const i8*s,long n){ for(long i=0;i<n;i++) d[i]=s[i]; }
void copy8(i64*d,const i64*s,long n){ for(long i=0;i<n;i+=4){ i64 a=s[i],b=s[i+1],c=s[i+2],e=s[i+3]; d[i]=a;d[i+1]=b;d[i+2]=c;d[i+3]=e; } }
i64 read8(const i64*s,long n){ i64 r=0; for(long i=0;i<n;i+=8){ r+=s[i]; r+=s[i+1]; r+=s[i+2]; r+=s[i+3]; r+=s[i+4]; r+=s[i+5]; r+=s[i+6]; r+=s[i+7];} return r; }
void write8(i64*d,long n){ for(long i=0;i<n;i+=8){ d[i]=i; d[i+1]=i; d[i+2]=i;d[i+3]=i;d[i+4]=i;d[i+5]=i;d[i+6]=i;d[i+7]=i;} }
void lut8(i8*d,const u8*s,const i8*t,long n){ for(long i=0;i<n;i++) d[i]=t[s[i]]; }
void lut16(i8*d,const u16*s,const i8*t,long n){ for(long i=0;i<n;i++) d[i]=t[s[i]]; }
void requant_f32(i8*d,const i32*s,float k,long n){ for(long i=0;i<n;i++){ i32 q=round_f32((float)s[i]*k); if(q>127)q=127; if(q<-128)q=-128; d[i]=q; } }
void requant_f64(i8*d,const i32*s,double k,long n){ for(long i=0;i<n;i++){ i32 q=round_f64((double)s[i]*k); if(q>127)q=127; if(q<-128)q=-128; d[i]=q; } }
void requant_i64(i8*d,const i32*s,i32 m,int sh,long n){ for(long i=0;i<n;i++){ i64 q=((i64)s[i]*m+(1LL<<(sh-1)))>>sh; if(q>127)q=127; if(q<-128)q=-128; d[i]=q; } }
void add8(i8*d,const i8*a,const i8*b,long n){ for(long i=0;i<n;i++){ int q=a[i]+b[i]; if(q>127)q=127; if(q<-128)q=-128; d[i]=q; } }
i32 sum32(const i32*s,long n){ i32 r=0; for(long i=0;i<n;i++) r+=s[i]; return r; }
i32 max32(const i32*s,long n){ i32 r=s[0]; for(long i=0;i<n;i++) if(s[i]>r) r=s[i]; return r; }
i32 dot8(const i8*a,const i8*b,long n){ i32 r=0; for(long i=0;i<n;i++) r+=a[i]*b[i]; return r; }
float sumf(const float*s,long n){ float r=0; for(long i=0;i<n;i++) r+=s[i]; return r; }
void dequant(float*d,const i8*s,float k,long n){ for(long i=0;i<n;i++) d[i]=(float)s[i]*k; }
void resadd(i8*d,const i8*a,const i8*b,i32 ma,i32 mb,int sh,long n){ for(long i=0;i<n;i++){ i64 q=((i64)a[i]*ma+(i64)b[i]*mb+(1LL<<(sh-1)))>>sh; if(q>127)q=127; if(q<-128)q=-128; d[i]=q; } }
void transpose8(i8*d,const i8*s,int r,int c){ for(int i=0;i<r;i++) for(int j=0;j<c;j++) d[j*r+i]=s[i*c+j]; }
void matmul8(i32*c,const i8*a,const i8*b,int I,int J,int K){ for(int i=0;i<I;i++) for(int j=0;j<J;j++){ i32 s=0; for(int k=0;k<K;k++) s+=a[i*K+k]*b[k*J+j]; c[i*J+j]=s; } }
void im2col3(i8*d,const i8*s,int h,int w,int c){ for(int y=0;y<h-2;y++) for(int x=0;x<w-2;x++) for(int ky=0;ky<3;ky++) for(int kx=0;kx<3;kx++) for(int k=0;k<c;k++) *d++=s[((y+ky)*w+x+kx)*c+k]; }
void softmax_lut(u8*d,const i8*s,const i32*t,long n){ i32 m=s[0]; for(long i=1;i<n;i++) if(s[i]>m)m=s[i]; i32 sum=0; for(long i=0;i<n;i++) sum+=t[m-s[i]]; i32 r=(1<<30)/sum; for(long i=0;i<n;i++) d[i]=((i64)t[m-s[i]]*r)>>22; }
void softmax_div(u8*d,const i8*s,const i32*t,long n){ i32 m=s[0]; for(long i=1;i<n;i++) if(s[i]>m)m=s[i]; i32 sum=0; for(long i=0;i<n;i++) sum+=t[m-s[i]]; for(long i=0;i<n;i++) d[i]=((i64)t[m-s[i]]<<40)/sum; }
static i64 isqrt(i64 v){ i64 x=v; if(v<2) return v; i64 y=(x+1)>>1; while(y<x){ x=y; y=(x+v/x)>>1; } return x; }
void layernorm_int(i8*d,const i8*s,const i8*g,const i32*b,long n){ i32 sum=0; for(long i=0;i<n;i++) sum+=s[i]; i32 mean=sum/(i32)n; i64 var=0; for(long i=0;i<n;i++){ i32 x=s[i]-mean; var+=x*x; } var/=n; i64 sd=isqrt(var<<16); i32 r=(1<<30)/(sd+1); for(long i=0;i<n;i++){ i64 q=((((i64)(s[i]-mean)*r)>>14)*g[i]+b[i])>>8; if(q>127)q=127; if(q<-128)q=-128; d[i]=q; } }
void layernorm_float(i8*d,const i8*s,const float*g,const float*b,long n,float one,float eps){ float sum=0,sq=0; for(long i=0;i<n;i++){ float x=s[i]; sum+=x; sq+=x*x; } float mean=sum/n, var=sq/n-mean*mean; float r=one/__builtin_sqrtf(var+eps); for(long i=0;i<n;i++){ float q=((float)s[i]-mean)*r*g[i]+b[i]; i32 v=round_f32(q); if(v>127)v=127; if(v<-128)v=-128; d[i]=v; } }
void avgpool(i32*d,const i8*s,int p,int c){ for(int k=0;k<c;k++){ i32 r=0; for(int i=0;i<p;i++) r+=s[i*c+k]; d[k]=r/p; } }
