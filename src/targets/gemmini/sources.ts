/** The files of kernels/ that every step on the array needs. */
export const arraySources: readonly string[] = ['gemmini/product.c', 'gemmini/operands.c'];
