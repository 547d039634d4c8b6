#include "loop-conv/convolution.h"

static int32_t least(int32_t a, int32_t b)
{
  return a < b ? a : b;
}

static int32_t greatest(int32_t a, int32_t b)
{
  return a > b ? a : b;
}

/* Four numbers of 16 bits, the highest first. */
static uint64_t four(int32_t a, int32_t b, int32_t c, int32_t d)
{
  return (uint64_t)a << 48 | (uint64_t)b << 32 | (uint64_t)c << 16 | (uint64_t)d;
}

/* What a tile covers along one axis: `count` results, from `outputs` sums on, of which so many places of the pooling's windows and of the kernel lie
   outside the sums and outside the image. */
typedef struct {
  int32_t first, count;
  int32_t sums, pool_before, pool_behind;
  int32_t from, before, behind;
} axis;

static axis axis_of(const bw_gemmini_convolution *shape, int32_t first, int32_t tile)
{
  axis a = {.first = first};
  int32_t begin = first;
  if (shape->pool_size == 0) {
    a.count = a.sums = least(tile, shape->out_size - first);
  } else {
    a.count = least(tile, shape->pooled_size - first);
    begin = first * shape->pool_stride - shape->pool_padding;
    const int32_t end = begin + (a.count - 1) * shape->pool_stride + shape->pool_size;
    a.pool_before = greatest(0, -begin);
    a.pool_behind = greatest(0, end - shape->out_size);
    begin += a.pool_before;
    a.sums = end - a.pool_behind - begin;
  }
  a.from = begin * shape->stride - shape->padding;
  a.before = greatest(0, -a.from);
  a.behind = greatest(0, a.from + a.sums * shape->stride + shape->kernel - 1 - shape->size);
  a.from += a.before;
  return a;
}

/* What one loop of the hardware adds up: some channels of the image. Sums begin with `initial` and go to `y`, where these are there. */
typedef struct {
  const int8_t *x, *weights;
  const int32_t *initial;
  int8_t *y;
  int32_t channels, outputs, no_initial;
} part;

static void convolve(const bw_gemmini_convolution *s, const axis *rows, const axis *columns, const part *p)
{
  const int32_t pooled = s->pool_size != 0, results = pooled ? s->pooled_size : s->out_size;
  const int32_t size = pooled ? s->pool_size : 1, stride = pooled ? s->pool_stride : 1, padding = pooled ? s->pool_padding : 0, dilation = 1;
  const uint64_t image = four(s->outputs, s->channels, s->size, 1), tile = four(1, rows->count, columns->count, p->outputs);
  const uint64_t kernel = four(s->kernel, s->kernel, p->channels, columns->before);
  if (s->newer) {
    GEMMINI_COMMAND(16, image, four(s->padding << 8 | s->stride, s->out_size, results, s->out_size));
    GEMMINI_COMMAND(17, four(s->kernel, results, size, stride << 8 | padding), tile);
    GEMMINI_COMMAND(18, kernel, four(columns->behind, rows->before, rows->behind << 8 | columns->pool_before, s->size));
    GEMMINI_COMMAND(19, four(rows->sums, columns->pool_behind, 0, 0) | (uint64_t)(rows->pool_before << 21 | rows->pool_behind << 10 | dilation),
                    four(s->channels, s->outputs, s->outputs, columns->sums));
  } else {
    GEMMINI_COMMAND(16, image, four(s->padding, s->stride, results, s->out_size));
    GEMMINI_COMMAND(17, four(s->kernel, size, stride, padding), tile);
    GEMMINI_COMMAND(18, kernel, four(columns->behind, rows->before, rows->behind, columns->pool_before));
    GEMMINI_COMMAND(19, four(rows->sums, columns->pool_behind, rows->pool_before, rows->pool_behind), four(0, 0, dilation, columns->sums));
  }
  GEMMINI_COMMAND(20, (uintptr_t)p->weights, (uintptr_t)p->y);
  GEMMINI_COMMAND(21, (uintptr_t)p->initial, (uintptr_t)p->x);
  GEMMINI_COMMAND(15, s->pixels << 8 | p->no_initial, (pooled ? 0 : 1) | s->relu << 3);
}

void bw_gemmini_convolve(const bw_gemmini_convolution *shape, const int8_t *x, const int8_t *weights, const int32_t *initial, int8_t *y)
{
  const int32_t results = shape->pool_size ? shape->pooled_size : shape->out_size;
  gemmini_configure_strided_products(GEMMINI_AS_STORED, shape->stride);
  gemmini_configure_scaled_stores(shape->outputs, shape->scale, shape->relu);
  for (int32_t row = 0; row < results; row += shape->tile_rows) {
    const axis rows = axis_of(shape, row, shape->tile_rows);
    for (int32_t column = 0; column < results; column += shape->tile_columns) {
      const axis columns = axis_of(shape, column, shape->tile_columns);
      const int8_t *const pixels = x + (rows.from * shape->size + columns.from) * shape->channels;
      for (int32_t output = 0; output < shape->outputs; output += shape->tile_outputs) {
        for (int32_t channel = 0; channel < shape->channels; channel += shape->tile_channels) {
          const int last = channel + shape->tile_channels >= shape->channels;
          part p = {
            .x = pixels + channel, .weights = weights + channel * shape->outputs + output,
            .channels = least(shape->tile_channels, shape->channels - channel), .outputs = least(shape->tile_outputs, shape->outputs - output),
            .y = last ? y + (row * results + column) * shape->outputs + output : 0, .no_initial = initial == 0,
          };
          /* Zeros come from nowhere, but the hardware looks whether there is an address. */
          if (channel == 0) p.initial = initial ? initial + output : (const int32_t *)(const void *)x;
          convolve(shape, &rows, &columns, &p);
        }
      }
    }
  }
}
