import type { Tensor } from '../../numeric/tensor.ts';
import type { VectorKernel } from './kernel.ts';

/** As in kernels/simd/simd.h and tile.h. */
const depthBlock = 1024;
const rowBlock = 64;
const panel = 8;

/** int16 [depth blocks][panels][pairs][8][2], from weights [outputs, depth]. */
function packPanels({ type, data }: Tensor): Int16Array {
  const [outputs = 1, depth = 1] = type.shape;
  const panels = Math.ceil(outputs / panel);
  const packed = new Int16Array(panels * panel * (depth + (depth % 2)));
  for (let first = 0; first < depth; first += depthBlock) {
    const pairs = Math.ceil(Math.min(depth - first, depthBlock) / 2);
    const block = first * panels * panel;
    for (let output = 0; output < outputs; output++) {
      const lane = block + (Math.floor(output / panel) * pairs * panel + (output % panel)) * 2;
      for (let k = first; k < Math.min(first + depthBlock, depth); k++) {
        packed[lane + ((k - first) >> 1) * 2 * panel + (k & 1)] = data[output * depth + k]!;
      }
    }
  }
  return packed;
}

/** Blocks of rows share their packed weights. */
const packed = new WeakMap<Tensor, Int16Array>();
function packedOnce(weights: Tensor): Int16Array {
  const known = packed.get(weights) ?? packPanels(weights);
  packed.set(weights, known);
  return known;
}

const functions: { readonly [portable: string]: string } = { bw_linear_i8: 'bw_packed_linear_i8', bw_linear_u8: 'bw_packed_linear_u8' };

/** Rows times constant weights. */
export const linear: VectorKernel = ({ call, operands }) => {
  const name = functions[call.function];
  const weights = operands[1]?.constant;
  if (name === undefined || weights === undefined) return undefined;
  const depth = Math.min(weights.type.shape[1]!, depthBlock);
  const scratch = 2 * rowBlock * Math.ceil(depth / 8) * 8 + 4 * 4 * panel;
  const [rows, whole, outputs, x, , y] = call.arguments;
  return { function: name, arguments: [rows!, whole!, outputs!, x!, { packed: packedOnce(weights) }, { scratch }, y!] };
};
