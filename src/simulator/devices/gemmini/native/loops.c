/* When the commands of a loop are given out: what loop-units.ts defines, command by command. */
#include "loops.h"
#include "cycles.h"
#include "timeline.h"

#define NEVER __builtin_inf()

static void give_load(Timeline *state, const Run *run, const LoopLoad *load_, double cycle) {
  const Way *way = &run->ways[load_->matrix];
  const Operand *operand = &load_->operand;
  load(state, cycle, run->address[load_->matrix] + load_->address, (int32_t)run->row[load_->matrix] + operand->local, operand->rows,
       operand->cols, way->stride, (int32_t)way->block_stride, (int32_t)way->pixels, (int32_t)way->shrunk);
}

static void give_tile(Timeline *state, const Run *run, const LoopTile *tile, double preload, double cycle) {
  int32_t weights = tile->preloaded ? (int32_t)run->row[B] + tile->b.local : NOWHERE;
  multiply(state, preload, cycle, (int32_t)run->flags | (tile->preloaded ? PRELOADS : 0), 1, 1, weights, tile->preloaded ? tile->b.rows : 0,
           (int32_t)run->row[A] + tile->a.local, tile->a.rows, tile->a.cols, NOWHERE, 0, (int32_t)run->row[C] + tile->c.local, tile->c.rows);
}

/* Five units give out commands side by side, at most one a cycle; when the bytes of each load and store have moved, in the order of the plan. */
EXPORT void run_loop(Timeline *state, const Plan *plan, Run *run, double *moved) {
  const Shown *now = shown(state);
  double *times = run->times;
  double *moved_operands = moved + plan->sum_count;
  double *moved_results = moved_operands + plan->operand_count;
  int32_t sums = 0, operands = 0, tiles = 0, stores = 0;
  double start = run->start;
  double preload = NEVER;
  for (double cycle = start;; cycle++) {
    bool loads_sums = sums < plan->sum_count;
    const LoopLoad *operand = operands < plan->operand_count ? &plan->operands[operands] : 0;
    const LoopTile *tile = tiles < plan->tile_count ? &plan->tiles[tiles] : 0;
    const LoopStore *result = stores < plan->store_count ? &plan->stores[stores] : 0;
    double loads_free = later(start, now->free[LOADS]);
    double store_at = result != 0 && tiles >= result->behind ? later(later(start, times[RESULTS]), now->free[STORES]) : NEVER;
    double tile_at =
        tile != 0 && !loads_sums && operands >= tile->behind ? later(later(start, times[TILES]), now->free[EXECUTES]) : NEVER;
    double sum_at = loads_sums ? later(times[D], loads_free) : NEVER;
    double operand_at = operand != 0 ? later(times[operand->matrix], loads_free) : NEVER;
    cycle = later(cycle, sooner(sooner(store_at, tile_at), sooner(sum_at, operand_at)));
    if (cycle == NEVER) return;
    if (store_at <= cycle) {
      const Operand *from = &result->operand;
      store(state, cycle, run->address[C] + result->address, (int32_t)run->row[C] + from->local, from->rows, from->cols, run->store_stride,
            -1, 0);
      moved_results[stores++] = now->moved;
      times[RESULTS] = cycle + 1;
    } else if (tile_at <= cycle) {
      if (preload == NEVER) preload = cycle;
      else {
        give_tile(state, run, tile, preload, cycle);
        tiles++;
        preload = NEVER;
      }
      times[TILES] = cycle + 1;
    } else if (sum_at <= cycle) {
      give_load(state, run, &plan->sums[sums], cycle);
      moved[sums++] = now->moved;
      times[D] = cycle + 1;
    } else {
      give_load(state, run, operand, cycle);
      moved_operands[operands++] = now->moved;
      times[operand->matrix] = cycle + 1;
    }
  }
}
