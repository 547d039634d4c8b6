import type { Operator } from '../../program/operator.ts';
import { gelu } from './gelu/gelu.ts';
import { layerNorm } from './layer-norm/layer-norm.ts';
import { mean } from './mean/mean.ts';
import { requantise } from './quantise/requantise.ts';
import { rescale } from './quantise/rescale.ts';
import { residual } from './quantise/residual.ts';
import { softmax } from './softmax/softmax.ts';
import { tableSoftmax } from './softmax/table-softmax.ts';

/** What the modules of I-ViT compute, float32 operation by float32 operation. */
export const ivitOperators: readonly Operator[] = [requantise, rescale, residual, softmax, tableSoftmax, gelu, layerNorm, mean];
