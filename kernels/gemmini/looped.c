#include "gemmini/looped.h"

#include "gemmini/convolve.h"

enum { LOAD_BYTES = 0, LOAD_CONSTANTS = 1, LOAD_SUMS = 2 };

typedef struct {
  const bw_gemmini_looped *shape;
  const bw_gemmini_looped_operands *operands;
  int32_t dim;
} state;

/* Rows of the result, some of its channels, and which of two buffers they have. */
typedef struct {
  int32_t row, rows, windows; /* and what is in them */
  int32_t count;              /* positions under those */
  int32_t output, outputs;
  int32_t turn;
} tile;

/* ---- Turning: products with the identity ---- */

/* What is loaded, what comes of it, and what it is multiplied by are in banks of their own. */
static uint32_t bank(const state *at, int32_t index)
{
  return (uint32_t)(index * at->shape->bank);
}

enum { IDENTITY = 0, MULTIPLE = 1, CONSTANT = 2, BLOCKS = 4 };

static uint32_t block_at(const state *at, int32_t block)
{
  return bank(at, 3) + (uint32_t)(block * at->dim);
}

static void begin_turning(const state *at)
{
  const int32_t dim = at->dim;
  gemmini_configure_products(GEMMINI_LEFT_TURNED);
  gemmini_configure_loads(LOAD_CONSTANTS, dim, dim);
  for (int32_t block = 0; block < BLOCKS; block++)
    gemmini_load(LOAD_CONSTANTS, at->operands->blocks + block * dim * dim, gemmini_block(block_at(at, block), dim, dim));
}

/* A block of so many rows and columns, turned, times one of the identity's multiples. */
static void turn_block(const state *at, int32_t multiple, uint32_t from, int32_t rows, int32_t columns, uint32_t to)
{
  gemmini_preload(gemmini_block(block_at(at, multiple), rows, rows), gemmini_block(to, columns, rows));
  gemmini_compute(gemmini_block(from, columns, rows), gemmini_block(GEMMINI_NOWHERE, at->dim, at->dim));
}

/* ---- The image, channels side by side, with its border ---- */

static int8_t *pixel_at(const state *at, int32_t row, int32_t column)
{
  return at->operands->pixels + (row * at->shape->border_width + column) * at->shape->pixel;
}

/* Stores the border's bytes in pixels of each channel, one behind the other as stores are configured. */
static void store_border(const state *at, int8_t *to, int32_t count, int32_t stride)
{
  const int32_t dim = at->dim, channels = at->shape->pixel;
  gemmini_configure_stores(stride);
  for (int32_t pixel = 0; pixel < count; pixel += dim)
    for (int32_t c = 0; c < channels; c += GEMMINI_LINE)
      gemmini_store(to + pixel * stride + c, gemmini_block(bank(at, 2), bw_least(dim, count - pixel), bw_least(GEMMINI_LINE, channels - c)));
}

static void surround(const state *at)
{
  const bw_gemmini_looped *const shape = at->shape;
  const int32_t width = shape->border_width, below = shape->above + shape->height, behind = shape->before + shape->width;
  gemmini_configure_loads(LOAD_CONSTANTS, 0, at->dim);
  gemmini_load(LOAD_CONSTANTS, at->operands->border, gemmini_block(bank(at, 2), at->dim, GEMMINI_LINE));
  store_border(at, pixel_at(at, 0, 0), shape->above * width, shape->pixel);
  store_border(at, pixel_at(at, below, 0), (shape->border_height - below) * width, shape->pixel);
  for (int32_t column = 0; column < width; column++)
    if (column < shape->before || column >= behind) store_border(at, pixel_at(at, shape->above, column), shape->height, width * shape->pixel);
}

/* Some rows of the image, as many as a bank holds pixels, of a block of channels. */
static void turn_rows(const state *at, int32_t channel, int32_t row, int32_t rows)
{
  const bw_gemmini_looped *const shape = at->shape;
  const int32_t dim = at->dim, width = shape->width, pixels = rows * width, channels = bw_least(dim, shape->channels - channel);
  const int8_t *const from = at->operands->image + (channel * shape->height + row) * width;
  for (int32_t pixel = 0; pixel < pixels; pixel += GEMMINI_LINE) {
    const int32_t count = bw_least(GEMMINI_LINE, pixels - pixel);
    gemmini_load(LOAD_BYTES, from + pixel, gemmini_block(bank(at, 0) + (uint32_t)pixel, channels, count));
    for (int32_t p = pixel; p < pixel + count; p += dim)
      turn_block(at, IDENTITY, bank(at, 0) + (uint32_t)p, channels, bw_least(dim, pixels - p), bank(at, 1) + (uint32_t)p);
  }
  for (int32_t r = 0; r < rows; r++)
    for (int32_t column = 0; column < width; column += dim)
      gemmini_store(pixel_at(at, shape->above + row + r, shape->before + column) + channel,
                    gemmini_block(bank(at, 1) + (uint32_t)(r * width + column), bw_least(dim, width - column), channels));
}

static void turn_image(const state *at)
{
  const bw_gemmini_looped *const shape = at->shape;
  const int32_t band = (shape->bank - GEMMINI_LINE) / shape->width;
  surround(at);
  begin_turning(at);
  gemmini_configure_loads(LOAD_BYTES, shape->height * shape->width, at->dim);
  gemmini_configure_stores(shape->pixel);
  for (int32_t channel = 0; channel < shape->channels; channel += at->dim)
    for (int32_t row = 0; row < shape->height; row += band) turn_rows(at, channel, row, bw_least(band, shape->height - row));
  gemmini_fence();
}

/* ---- Sums ---- */

/* Loads a number for each output to the sums of a tile, or adds it. */
static void load_sums(const state *at, const tile *t, const int32_t *from, uint32_t first)
{
  const int32_t dim = at->dim;
  gemmini_configure_loads(LOAD_SUMS, 0, dim);
  uint32_t row = first;
  for (int32_t o = 0; o < t->outputs; o += dim, row += (uint32_t)t->count)
    for (int32_t p = 0; p < t->count; p += dim)
      gemmini_load(LOAD_SUMS, from + t->output + o, gemmini_block(row + (uint32_t)p, bw_least(dim, t->count - p), bw_least(dim, t->outputs - o)));
}

static int32_t rows_under(const state *at, const tile *t)
{
  return (t->rows - 1) * at->shape->pool_step + at->shape->pool;
}

static void begin_sums(const state *at, const tile *t)
{
  const bw_gemmini_looped *const shape = at->shape;
  gemmini_configure_strided_products(GEMMINI_AS_STORED, shape->stride);
  load_sums(at, t, at->operands->initial, GEMMINI_SUMS(0));
  gemmini_convolution loop = {
    .rows = rows_under(at, t), .columns = shape->positions, .outputs = t->outputs,
    .kernel_rows = shape->kernel_rows, .kernel_columns = shape->kernel_columns, .stride = shape->stride, .width = shape->border_width,
    .image_stride = shape->pixel, .weight_stride = shape->weight_stride, .beside = shape->beside, .newer = shape->newer,
  };
  const int32_t first = shape->apart ? t->output : 0, end = shape->apart ? first + t->outputs : shape->channels;
  for (int32_t c = first; c < end; c += shape->tile_channels) {
    loop.channels = bw_least(shape->tile_channels, end - c);
    loop.image = pixel_at(at, t->row * shape->pool_step * shape->stride, 0) + c;
    loop.weights = at->operands->weights + c * shape->weight_stride + (shape->apart ? 0 : t->output);
    gemmini_convolve(&loop);
  }
  if (t->count <= GEMMINI_FEW_ROWS) gemmini_fence();
}

static int8_t *low_of(const state *at, const tile *t)
{
  return at->operands->low + t->turn * at->shape->tile_outputs * at->shape->tile_rows * at->shape->columns;
}

/* Reads the greatest of each window out, where that is more than a position, those of a block of outputs side by side, one block behind the other. */
static void read_out(const state *at, const tile *t, int8_t *to)
{
  const int32_t dim = at->dim;
  uint32_t row = GEMMINI_SUMS(0);
  for (int32_t o = 0; o < t->outputs; o += dim, row += (uint32_t)t->count) {
    const int32_t outputs = bw_least(dim, t->outputs - o);
    gemmini_configure_scaled_stores(outputs, at->shape->scale, at->shape->rounding.relu);
    if (at->shape->pool > 1) {
      const gemmini_pool pool = {rows_under(at, t), at->shape->positions, at->shape->pool, at->shape->pool_step, t->rows, at->shape->columns};
      gemmini_configure_pooled_stores(outputs, at->shape->scale, at->shape->rounding.relu, &pool);
      gemmini_store(to + o * t->windows, gemmini_block(row, 0, outputs));
      continue;
    }
    for (int32_t p = 0; p < t->count; p += dim)
      gemmini_store(to + o * t->count + p * outputs, gemmini_block(row + (uint32_t)p, bw_least(dim, t->count - p), outputs));
  }
}

static void read_whole(const state *at, const tile *t)
{
  const int32_t dim = at->dim, all = (t->outputs + dim - 1) / dim * t->count;
  gemmini_configure_stores(dim * (int32_t)sizeof(int32_t));
  for (int32_t p = 0; p < all; p += dim)
    gemmini_store(at->operands->whole + p * dim, gemmini_block(GEMMINI_WHOLE_SUMS(p), bw_least(dim, all - p), dim));
}

/* ---- Results ---- */

/* The greatest sum of a window: of a block of outputs from the first number of `whole` on. */
static int32_t greatest(const state *at, const int32_t *whole, int32_t window)
{
  const int32_t dim = at->dim, step = at->shape->pool_step, across = at->shape->positions;
  const int32_t columns = at->shape->columns, row = window / columns, column = window - row * columns;
  const int32_t *from = whole + (row * across + column) * step * dim;
  int32_t most = INT32_MIN;
  for (int32_t u = 0; u < at->shape->pool; u++, from += across * dim)
    for (int32_t v = 0; v < at->shape->pool; v++)
      if (from[v * dim] > most) most = from[v * dim];
  return most;
}

/* Makes the bytes of a tile right. */
static void settle(const state *at, const tile *t)
{
  const bw_gemmini_rounding *const rounding = &at->shape->rounding;
  const int32_t settled = at->shape->settled, left = rounding->lacking - settled;
  if (at->shape->once) {
    if (settled) bw_gemmini_unsigned(t->windows * t->outputs, low_of(at, t));
    return;
  }
  for (int32_t o = 0; o < t->outputs; o += at->dim) {
    const int32_t outputs = bw_least(at->dim, t->outputs - o), count = t->windows * outputs, first = o * t->windows;
    const int32_t *const whole = at->operands->whole + o * t->count;
    int8_t *const low = low_of(at, t) + first;
    for (int32_t i = 0; (i = bw_gemmini_next_different(i, count, settled, low, at->operands->high + first)) < count; i++) {
      const int32_t window = i / outputs, c = i - window * outputs;
      low[i] = (int8_t)(bw_gemmini_rounded(rounding, &at->operands->rounding, t->output + o + c, greatest(at, whole + c, window)) - left);
    }
  }
}

/* Stores the bytes of a tile where the result has them, as they are read out the last time. */
static void turn_results(const state *at, const tile *t)
{
  const bw_gemmini_looped *const shape = at->shape;
  const int32_t dim = at->dim, all = shape->rows * shape->columns, stride = gemmini_blocks(t->windows, shape->dim_bits) * dim;
  begin_turning(at);
  gemmini_configure_scaled_stores(all, shape->last_scale, shape->last_relu);
  for (int32_t o = 0; o < t->outputs; o += dim) {
    const int32_t outputs = bw_least(dim, t->outputs - o);
    const int8_t *const from = low_of(at, t) + o * t->windows;
    int8_t *const to = (int8_t *)at->operands->y + (t->output + o) * all + t->row * shape->columns;
    const uint32_t place = (uint32_t)(stride * (o >> shape->dim_bits));
    gemmini_configure_loads(LOAD_BYTES, outputs, dim);
    for (int32_t p = 0; p < t->windows; p += dim) {
      const int32_t count = bw_least(dim, t->windows - p);
      const uint32_t row = place + (uint32_t)p, sums = (uint32_t)shape->half + row;
      gemmini_load(LOAD_BYTES, from + p * outputs, gemmini_block(bank(at, 0) + row, count, outputs));
      turn_block(at, MULTIPLE, bank(at, 0) + row, count, outputs, GEMMINI_SUMS(sums));
      if (!shape->last_constant) continue;
      gemmini_preload(gemmini_block(block_at(at, CONSTANT + 1), dim, count), gemmini_block(GEMMINI_MORE_SUMS(sums), outputs, count));
      gemmini_compute(gemmini_block(block_at(at, CONSTANT), outputs, dim), gemmini_block(GEMMINI_NOWHERE, dim, dim));
    }
    for (int32_t p = 0; p < t->windows; p += GEMMINI_LINE)
      gemmini_store(to + p, gemmini_block(GEMMINI_SUMS((uint32_t)(shape->half + p) + place), outputs, bw_least(GEMMINI_LINE, t->windows - p)));
  }
}

/* A tile of rows and outputs from some on. */
static tile tile_at(const state *at, int32_t row, int32_t output, int32_t turn)
{
  const bw_gemmini_looped *const shape = at->shape;
  tile t = {.row = row, .output = output, .turn = turn};
  t.rows = bw_least(shape->tile_rows, shape->rows - row);
  t.windows = t.rows * shape->columns;
  t.count = rows_under(at, &t) * shape->positions;
  t.outputs = bw_least(shape->tile_outputs, shape->outputs - output);
  return t;
}

/* The tile behind another one: outputs first. */
static tile next(const state *at, const tile *t)
{
  const int32_t output = t->output + t->outputs, turn = 1 - t->turn;
  return output == at->shape->outputs ? tile_at(at, t->row + t->rows, 0, turn) : tile_at(at, t->row, output, turn);
}

void bw_gemmini_round_looped(const bw_gemmini_looped *shape, const bw_gemmini_looped_operands *operands)
{
  const state all = {.shape = shape, .operands = operands, .dim = 1 << shape->dim_bits};
  const state *const at = &all;
  turn_image(at);
  tile t = tile_at(at, 0, 0, 0);
  begin_sums(at, &t);
  while (t.row < shape->rows) {
    const tile n = next(at, &t);
    read_out(at, &t, low_of(at, &t));
    if (!shape->once) {
      load_sums(at, &t, operands->more, GEMMINI_MORE_SUMS(0));
      read_out(at, &t, operands->high);
      read_whole(at, &t);
    }
    gemmini_fence();
    if (n.row < shape->rows) begin_sums(at, &n);
    settle(at, &t);
    turn_results(at, &t);
    t = n;
  }
  gemmini_fence();
  if (shape->last_lacking) bw_gemmini_unsigned(shape->outputs * shape->rows * shape->columns, operands->y);
}
