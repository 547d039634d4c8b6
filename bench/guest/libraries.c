/* About 180 KB of code of a C library for a machine without a float unit: a round calls the functions of all tables once, then text and sorting. */
#include <complex.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double (*const of_one[])(double) = {
  sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, exp, exp2, expm1, log, log2, log10, log1p,
  sqrt, cbrt, erf, erfc, tgamma, lgamma, j0, j1, y0, y1, floor, ceil, round, trunc, rint, nearbyint, logb, fabs,
};
static double (*const of_two[])(double, double) = {pow, atan2, fmod, hypot, remainder, nextafter, fdim, fmin, fmax, copysign};
static float (*const of_one_float[])(float) = {
  sinf, cosf, tanf, asinf, acosf, atanf, sinhf, coshf, tanhf, asinhf, acoshf, atanhf, expf, exp2f, expm1f, logf, log2f, log10f, log1pf,
  sqrtf, cbrtf, erff, erfcf, tgammaf, lgammaf, j0f, j1f, y0f, y1f, floorf, ceilf, roundf, truncf, rintf, nearbyintf, logbf, fabsf,
};
static float (*const of_two_float[])(float, float) = {powf, atan2f, fmodf, hypotf, remainderf, nextafterf, fdimf, fminf, fmaxf, copysignf};
static long double (*const of_one_long[])(long double) = {
  sinl, cosl, tanl, asinl, acosl, atanl, sinhl, coshl, tanhl, asinhl, acoshl, atanhl, expl, exp2l, expm1l, logl, log2l, log10l, log1pl,
  sqrtl, cbrtl, erfl, erfcl, floorl, ceill, roundl, truncl,
};
static long double (*const of_two_long[])(long double, long double) = {powl, atan2l, fmodl, hypotl, remainderl, fdiml};
static double complex (*const of_complex[])(double complex) = {csin, ccos, ctan, csinh, ccosh, ctanh, casin, cacos, catan, casinh, cacosh, catanh, cexp, clog, csqrt};
static float complex (*const of_complex_float[])(float complex) = {csinf, ccosf, ctanf, csinhf, ccoshf, ctanhf, casinf, cacosf, catanf, casinhf, cacoshf, catanhf, cexpf, clogf, csqrtf};
static long double complex (*const of_complex_long[])(long double complex) = {
  csinl, ccosl, ctanl, csinhl, ccoshl, ctanhl, casinl, cacosl, catanl, casinhl, cacoshl, catanhl, cexpl, clogl, csqrtl,
};

#define COUNT(table) (sizeof table / sizeof table[0])

static int ascending(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static void once(void)
{
  double values[256];
  size_t count = 0;
  for (size_t i = 0; i < COUNT(of_one); i++) values[count++] = of_one[i](0.7);
  for (size_t i = 0; i < COUNT(of_two); i++) values[count++] = of_two[i](0.7, 1.3);
  for (size_t i = 0; i < COUNT(of_one_float); i++) values[count++] = of_one_float[i](0.7f);
  for (size_t i = 0; i < COUNT(of_two_float); i++) values[count++] = of_two_float[i](0.7f, 1.3f);
  for (size_t i = 0; i < COUNT(of_complex); i++) values[count++] = creal(of_complex[i](0.7 + 0.2 * I));
  for (size_t i = 0; i < COUNT(of_complex_float); i++) values[count++] = crealf(of_complex_float[i](0.7f + 0.2f * I));
  for (size_t i = 0; i < COUNT(of_one_long); i++) values[count++] = (double)of_one_long[i](0.7L);
  for (size_t i = 0; i < COUNT(of_two_long); i++) values[count++] = (double)of_two_long[i](0.7L, 1.3L);
  for (size_t i = 0; i < COUNT(of_complex_long); i++) values[count++] = (double)creall(of_complex_long[i](0.7L + 0.2L * I));
  values[count++] = (double)cpow(0.7 + 0.2 * I, 1.3) + cpowf(0.7f + 0.2f * I, 1.3f) + (double)cpowl(0.7L + 0.2L * I, 1.3L);
  values[count++] = jnf(3, 0.7f) + ynf(3, 0.7f);
  values[count++] = fma(0.7, 1.3, 0.1) + jn(3, 0.7) + yn(3, 0.7);
  qsort(values, count, sizeof values[0], ascending);
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    char text[64];
    snprintf(text, sizeof text, "%.15g %a", values[i], values[i]);
    sum += isfinite(values[i]) ? strtod(text, NULL) : 0;
  }
  int day = 0;
  sscanf("14 march", "%d", &day);
  struct tm date = {.tm_year = 109, .tm_mon = 1, .tm_mday = day};
  const time_t moment = mktime(&date);
  char text[64];
  strftime(text, sizeof text, "%Y-%m-%d", localtime(&moment));
  regex_t pattern;
  regcomp(&pattern, "^([0-9]+)-(0[1-9]|1[0-2])-[0-9]{2}$", REG_EXTENDED);
  const int found = regexec(&pattern, text, 0, NULL, 0) == 0;
  printf("%zu values, sum %.12f, %s %d\n", count, sum, text, found);
}

#ifndef ROUNDS
#define ROUNDS 1
#endif

int main(void)
{
  for (int round = 0; round < ROUNDS; round++) once();
  return 0;
}
