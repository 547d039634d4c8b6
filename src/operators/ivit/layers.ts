import type { AnyLayer } from '../layer.ts';
import { classTokenLayer } from './class-token/layer.ts';
import { convolutionLayer } from './convolution/layer.ts';
import { geluLayer } from './gelu/layer.ts';
import { layerNormLayer } from './layer-norm/layer.ts';
import { linearLayer } from './linear/layer.ts';
import { matmulLayer } from './matmul/layer.ts';
import { meanLayer } from './mean/layer.ts';
import { parameterLayer } from './parameter/layer.ts';
import { positionBiasLayer } from './position-bias/layer.ts';
import { quantiseLayer } from './quantise/layer.ts';
import { softmaxLayer } from './softmax/layer.ts';

/** The modules of I-ViT, and what its models do between them. */
export const ivitLayers: readonly AnyLayer[] = [
  parameterLayer,
  quantiseLayer,
  convolutionLayer,
  linearLayer,
  matmulLayer,
  softmaxLayer,
  geluLayer,
  layerNormLayer,
  classTokenLayer,
  positionBiasLayer,
  meanLayer,
];
