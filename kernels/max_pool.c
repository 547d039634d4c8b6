#include "window.h"

#define BW_DEFINE(dtype)                                                                                                     \
  void bw_max_pool_##dtype(const bw_window *window, const bw_##dtype *restrict x, bw_##dtype *restrict y)                    \
  {                                                                                                                          \
    BW_EACH_WINDOW(window, x, y, int32_t greatest = INT32_MIN, if (value > greatest) greatest = value, (bw_##dtype)greatest) \
  }

BW_EACH_INTEGER(BW_DEFINE)
