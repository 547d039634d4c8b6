#include "model/model.h"

/* What the firmware convolves: an image that has its border, whose channels lie side by side, without anything that the sums begin with or go to. */
typedef struct {
  uint64_t image, weights;
  int32_t width, image_stride, weight_stride, stride; /* of the image and of both operands in memory */
  int32_t rows, columns, outputs, channels, kernel_rows, kernel_columns, kernel, beside;
} convolution;

static convolution convolution_of(const words *given)
{
  const words image = given[CONVOLVE_IMAGE], tile = given[CONVOLVE_TILE], kernel = given[CONVOLVE_KERNEL], sizes = given[CONVOLVE_SIZES];
  expect(given[CONVOLVE_WEIGHTS].second == 0 && given[CONVOLVE_FROM].first == 0, "sums that begin with nothing and stay in the accumulator");
  expect(field(image.first, 15, 0) == 1 && field(tile.second, 63, 48) == 1, "one image");
  expect((given[CONVOLVE].first & ~(uint64_t)0xff00) == 0 && given[CONVOLVE].second == 1, "a convolution without flags but pixels beside each other");
  expect(field(kernel.first, 15, 0) == 0 && field(kernel.second, 63, 16) == 0, "no border");
  expect(NEWER ? field(sizes.first, 47, 0) == 1 : field(sizes.second, 31, 16) == 1, "a kernel without gaps");
  expect(field(tile.second, 47, 32) == field(sizes.first, 63, 48) && field(tile.second, 31, 16) == field(sizes.second, 15, 0), "no windows");
  return (convolution){
    .image = given[CONVOLVE_FROM].second, .weights = given[CONVOLVE_WEIGHTS].first,
    .width = NEWER ? field(kernel.second, 15, 0) : field(image.first, 31, 16),
    .image_stride = NEWER ? field(sizes.second, 63, 48) : field(image.first, 47, 32),
    .weight_stride = NEWER ? field(sizes.second, 47, 32) : field(image.first, 63, 48),
    .stride = NEWER ? field(image.second, 55, 48) : field(image.second, 47, 32),
    .rows = field(sizes.first, 63, 48), .columns = field(sizes.second, 15, 0),
    .outputs = field(tile.second, 15, 0), .channels = field(kernel.first, 31, 16),
    .kernel_rows = field(kernel.first, 63, 48), .kernel_columns = field(kernel.first, 47, 32),
    .kernel = field(tile.first, 63, 48), .beside = field(given[CONVOLVE].first, 15, 8),
  };
}

/* Adds the products with one place of the kernel, and those beside it, of a block of channels to those of a block of outputs. */
static void add_place(const convolution *at, block weights, uint32_t image, int32_t wide, uint32_t sums)
{
  int begun = 0;
  for (int32_t row = 0; row < at->rows; row++) {
    for (int32_t column = 0; column < at->columns; column += DIM) {
      const block left = {image + (uint32_t)((row * wide + column) * at->stride), least(DIM, at->columns - column), weights.rows};
      multiply(begun ? 0 : &weights, left, (block){SUMS | ADDED | (sums + (uint32_t)(row * at->columns + column)), left.rows, weights.columns});
      begun = 1;
    }
  }
}

/* Sums from the accumulator's first row on, for such loops leave its half only where they have results. */
void run_convolution(const words *given)
{
  static uint32_t half;
  const convolution all = convolution_of(given), *const at = &all;
  const int32_t high = at->rows * at->stride + at->kernel_rows - 1, wide = at->columns * at->stride + at->kernel_columns - 1;
  const int32_t pixels = high * wide, places = at->kernel_rows * at->kernel_columns, sums = at->rows * at->columns;
  const uint32_t operands = SCRATCHPAD_ROWS / 2, left_at = half * operands;
  const int32_t weight_rows = places * at->channels * blocks_of(at->outputs);
  expect((uint32_t)(pixels * blocks_of(at->channels) + weight_rows) <= operands, "operands that fit half of the scratchpad");
  expect(sums * blocks_of(at->outputs) <= ACCUMULATOR_ROWS / 2, "sums that fit half of the accumulator");
  configured.loads[0] = (loading){at->image_stride, pixels, at->beside};
  configured.loads[1] = (loading){at->weight_stride, places * at->channels, 1};
  for (int32_t row = 0; row < high; row++)
    load(&configured.loads[0], at->image + (uint64_t)(row * at->width * at->image_stride),
         (block){left_at + (uint32_t)(row * wide), wide, at->channels});
  const uint32_t right_at = (half + 1) * operands - (uint32_t)weight_rows;
  for (int32_t place = 0; place < places; place++) {
    const int32_t u = place / at->kernel_columns, v = place % at->kernel_columns, stored = at->image_stride;
    load(&configured.loads[1], at->weights + (uint64_t)((u * at->kernel + v) * stored * at->weight_stride),
         (block){right_at + (uint32_t)(place * at->channels), at->channels, at->outputs});
  }
  for (int32_t o = 0; o < at->outputs; o += DIM) {
    for (int32_t u = 0; u < at->kernel_rows; u++) {
      for (int32_t v = 0; v < at->kernel_columns; v += at->beside) {
        for (int32_t c = 0; c < at->channels; c += DIM) {
          const int32_t together = least(at->beside, at->kernel_columns - v), place = u * at->kernel_columns + v;
          const uint32_t from = right_at + (uint32_t)(o / DIM * places * at->channels + place * at->channels + c);
          const block weights = {from, together * least(DIM, at->channels - c), least(DIM, at->outputs - o)};
          add_place(at, weights, left_at + (uint32_t)(c / DIM * pixels + u * wide + v), wide, (uint32_t)(o / DIM * sums));
        }
      }
    }
  }
  half = 1 - half;
}
