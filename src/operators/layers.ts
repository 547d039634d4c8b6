import { adaptiveAveragePoolLayer } from './adaptive-average-pool/layer.ts';
import { addLayer } from './add/layer.ts';
import { averagePoolLayer } from './average-pool/layer.ts';
import { batchNormLayer } from './batch-norm/layer.ts';
import { concatLayer } from './concat/layer.ts';
import { constantLayer } from './constant/layer.ts';
import { convolutionLayer } from './convolution/layer.ts';
import { embeddingLayer } from './embedding/layer.ts';
import { flipLayer } from './flip/layer.ts';
import { groupNormLayer } from './group-norm/layer.ts';
import { identityLayer } from './identity/layer.ts';
import { ivitLayers } from './ivit/layers.ts';
import type { AnyLayer, LayerDefinitions } from './layer.ts';
import { layerNormLayer } from './layer-norm/layer.ts';
import { linearLayer } from './linear/layer.ts';
import { matmulLayer } from './matmul/layer.ts';
import { maxPoolLayer } from './max-pool/layer.ts';
import { meanLayer } from './mean/layer.ts';
import { multiplyLayer } from './multiply/layer.ts';
import { padLayer } from './pad/layer.ts';
import { permuteLayer } from './permute/layer.ts';
import { quantiserLayer } from './quantiser/layer.ts';
import { reluLayer } from './relu/layer.ts';
import { repeatLayer, tileLayer } from './repeat/layer.ts';
import { reshapeLayer } from './reshape/layer.ts';
import { rfftLayer } from './rfft/layer.ts';
import { rmsNormLayer } from './rms-norm/layer.ts';
import { rollLayer } from './roll/layer.ts';
import { ropeLayer } from './rope/layer.ts';
import { scalarMultiplyLayer } from './scalar-multiply/layer.ts';
import { selectiveScanLayer } from './selective-scan/layer.ts';
import { sliceLayer } from './slice/layer.ts';
import { softmaxLayer } from './softmax/layer.ts';
import { truncAveragePoolLayer } from './trunc-average-pool/layer.ts';
import { unaryLayer } from './unary/layer.ts';
import { upsampleLayer } from './upsample/layer.ts';

/** Registering a kind of layer is one line here. */
const registered: readonly AnyLayer[] = [
  convolutionLayer,
  linearLayer,
  matmulLayer,
  multiplyLayer,
  scalarMultiplyLayer,
  batchNormLayer,
  layerNormLayer,
  rmsNormLayer,
  groupNormLayer,
  softmaxLayer,
  reluLayer,
  unaryLayer,
  quantiserLayer,
  addLayer,
  concatLayer,
  maxPoolLayer,
  averagePoolLayer,
  adaptiveAveragePoolLayer,
  truncAveragePoolLayer,
  meanLayer,
  ropeLayer,
  rfftLayer,
  selectiveScanLayer,
  upsampleLayer,
  repeatLayer,
  tileLayer,
  padLayer,
  reshapeLayer,
  permuteLayer,
  sliceLayer,
  rollLayer,
  flipLayer,
  embeddingLayer,
  identityLayer,
  constantLayer,
  ...ivitLayers,
];

export const layers: LayerDefinitions = new Map(registered.map((layer) => [layer.kind, layer]));
