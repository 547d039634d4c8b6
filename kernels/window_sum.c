#include "window.h"

#define BW_DEFINE(dtype)                                                                                                     \
  void bw_window_sum_##dtype(const bw_window *window, const bw_##dtype *restrict x, int32_t *restrict y)                     \
  {                                                                                                                          \
    BW_EACH_WINDOW(window, x, y, int32_t sum = 0, sum += value, sum)                                                         \
  }

BW_EACH_INTEGER(BW_DEFINE)
