import type { Tensor } from '../../../numeric/tensor.ts';
import { convolution } from '../../../operators/convolution/convolution.ts';
import { permute } from '../../../operators/permute/permute.ts';
import { reshape } from '../../../operators/reshape/reshape.ts';
import { defineKernel, type Site } from '../../kernel.ts';
import { sourcesOf } from '../../portable.ts';
import { withinArray } from '../behind.ts';
import { biasBehind } from '../bias.ts';
import type { Contracted, Term } from '../contracted.ts';
import { packed, padded } from '../digits.ts';
import { emitArrayWork } from '../emit.ts';
import type { GemminiMachine } from '../machine.ts';
import { patchesOf } from '../patches.ts';
import { arraySources } from '../sources.ts';
import { typeAfter } from '../sums.ts';
import { type ArrayWork, arrayWorks } from '../work.ts';

/**
 * An image cut into patches, as rows of tokens: convolution, reshape, permute. A row of patches is a group: for each channel and each row of a patch
 * there is a term, whose rows lie where the image has them, a patch from each other. Nothing is copied.
 */
export const patches = defineKernel<GemminiMachine, ArrayWork>({
  name: 'gemmini-patches',

  *works(site, machine) {
    const contracted = contractedOf(site);
    if (contracted) yield* arrayWorks(site, contracted, machine);
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...arraySources, ...sourcesOf(rest.segments)],
  emit: emitArrayWork,
  within: ({ rest }, stage) => withinArray(rest, stage),
});

/** The calls whose result is [1, patches, outputs]. */
const stages = [convolution, reshape, permute].map(({ name }) => name);

function contractedOf(site: Site): Contracted | undefined {
  const { step, types, program } = site;
  const [call] = step.stages;
  const cut = call && patchesOf(call, types);
  if (!cut || stages.some((name, index) => step.stages[index]?.operator !== name)) return undefined;
  const [operand, weights] = call.operands as [string, string];
  const constant = program.constants.get(weights);
  const { channels, height, width, outputs, patchHeight, patchWidth } = cut;
  const [down, across] = [height / patchHeight, width / patchWidth];
  const tokens = typeAfter(site, stages.length).shape;
  if (!constant || tokens.length !== 3 || tokens[1] !== down * across || tokens[2] !== outputs) return undefined;

  const stride = padded(outputs);
  const matrix = `${step.name} weights for the array`;
  const terms = Array.from({ length: channels * patchHeight }, (_, index): Term => {
    const [channel, row] = [Math.floor(index / patchHeight), index % patchHeight];
    return {
      left: { base: operand, offset: (channel * height + row) * width, stride: patchWidth, group: patchHeight * width },
      right: { base: matrix, offset: index * patchWidth * stride, stride },
      depth: patchWidth,
    };
  });
  return {
    rows: across,
    columns: outputs,
    stages: stages.length,
    ...biasBehind(site, stages.length, outputs),
    products: [terms],
    preparations: [],
    constants: new Map([[matrix, turned(constant, stride)]]),
  };
}

/** Weights [outputs][...] as [...][outputs], each row as long as `stride`. */
function turned({ type, data }: Tensor, stride: number): Tensor {
  const outputs = type.shape[0]!;
  const inner = data.length / outputs;
  return packed(
    Array.from({ length: inner }, (_, k) => Array.from({ length: outputs }, (_one, output) => data[output * inner + k]!)),
    stride,
  );
}
