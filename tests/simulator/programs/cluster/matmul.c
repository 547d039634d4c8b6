/* c = a * b of int8 with int32 sums, rows dealt out to the cores in turn, then a sum over everything by each core for its own part. */
#include "../runtime/cluster.h"

enum { rows = 48, depth = 64, columns = 40 };

static int8_t a[rows][depth], b[depth][columns];
int32_t result[rows][columns];
static volatile uint32_t sum;

int main(int core)
{
  for (int i = core; i < rows; i += cores)
    for (int k = 0; k < depth; k++) a[i][k] = (int8_t)(i * 31 + k * 17 + 5);
  for (int k = core; k < depth; k += cores)
    for (int j = 0; j < columns; j++) b[k][j] = (int8_t)(k * 13 - j * 29 + 3);
  wait_for_all();
  for (int i = core; i < rows; i += cores)
    for (int j = 0; j < columns; j++) {
      int32_t total = 0;
      for (int k = 0; k < depth; k++) total += a[i][k] * b[k][j];
      result[i][j] = total;
    }
  uint32_t part = 0;
  for (int i = core; i < rows; i += cores)
    for (int j = 0; j < columns; j++) part = part * 31 + (uint32_t)result[i][j];
  add_atomically(&sum, part);
  wait_for_all();
  if (core == 0) report("sum", sum);
  return 0;
}
