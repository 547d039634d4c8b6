import { convolution, depthwise } from './convolution.ts';
import type { EngineCall, Site, VectorKernel } from './kernel.ts';
import { linear } from './linear.ts';
import { matmul } from './matmul.ts';
import { fitting, halfUp, powerMean } from './rounding.ts';

/** A function bw_simd_<name> takes the very arguments of bw_<name> (kernels/simd/simd.h). */
const sameArguments: VectorKernel = ({ call, has }) => {
  const name = call.function.replace(/^bw_/, 'bw_simd_');
  return has(name) ? { ...call, function: name } : undefined;
};

/** In order of preference. */
const vectorKernels: readonly VectorKernel[] = [depthwise, convolution, linear, matmul, halfUp, fitting, powerMean, sameArguments];

/** The portable call itself, or the first faster one that takes its place. */
export function fastest(site: Site, kernels = vectorKernels): EngineCall {
  for (const kernel of kernels) {
    const call = kernel(site);
    if (call) return call;
  }
  return site.call;
}
