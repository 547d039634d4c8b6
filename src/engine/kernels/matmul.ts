import { structFields, type VectorKernel } from './kernel.ts';

/** As in kernels/simd/matmul.c. */
const rowBlock = 64;
const tileRows = 4;
const panel = 8;

/** A product of two activations: both are packed while it runs. */
export const matmul: VectorKernel = ({ call, has }) => {
  const name = call.function.replace(/^bw_/, 'bw_packed_');
  const fields = structFields(call, 'bw_matmul');
  if (!fields || !has(name)) return undefined;
  const depth = 2 * Math.ceil(fields['depth']! / 2);
  const columns = panel * Math.ceil(fields['columns']! / panel);
  const scratch = 4 * (tileRows * panel + columns) + 2 * depth * (columns + rowBlock);
  const [shape, a, b, y] = call.arguments;
  return { function: name, arguments: [shape!, a!, b!, { scratch }, y!] };
};
