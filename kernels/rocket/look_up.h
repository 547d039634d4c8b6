/* Entries of tables for a core whose loads take as long as two other instructions. */
#ifndef BITWRIGHT_ROCKET_LOOK_UP_H
#define BITWRIGHT_ROCKET_LOOK_UP_H

/* Eight elements: all addresses, then all entries, so that nothing waits for a load, and results may lie where the elements do. */
#define BW_LOOK_UP(to, own, x, y)                                                                                 \
  {                                                                                                               \
    const bw_##to *const a = (own) + (x)[0], *const b = (own) + (x)[1], *const c = (own) + (x)[2], *const d = (own) + (x)[3]; \
    const bw_##to *const e = (own) + (x)[4], *const f = (own) + (x)[5], *const g = (own) + (x)[6], *const h = (own) + (x)[7]; \
    const bw_##to p = *a, q = *b, r = *c, s = *d, t = *e, u = *f, v = *g, w = *h;                                 \
    (y)[0] = p;                                                                                                   \
    (y)[1] = q;                                                                                                   \
    (y)[2] = r;                                                                                                   \
    (y)[3] = s;                                                                                                   \
    (y)[4] = t;                                                                                                   \
    (y)[5] = u;                                                                                                   \
    (y)[6] = v;                                                                                                   \
    (y)[7] = w;                                                                                                   \
  }

#endif
