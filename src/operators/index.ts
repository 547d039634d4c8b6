import type { Operator, Operators } from '../program/operator.ts';
import { add } from './ares/add.ts';
import { average } from './ares/average.ts';
import { biasedMean } from './ares/biased-mean.ts';
import { mean } from './ares/mean.ts';
import { norm as aresNorm } from './ares/norm.ts';
import { quantise } from './ares/quantise.ts';
import { requantise } from './ares/requantise.ts';
import { axisSum } from './average-pool/axis-sum.ts';
import { windowSum } from './average-pool/window-sum.ts';
import { clamp } from './clamp/clamp.ts';
import { concat } from './concat/concat.ts';
import { convert } from './convert/convert.ts';
import { convolution } from './convolution/convolution.ts';
import { digitMatmul } from './digits/digit-matmul.ts';
import { digits } from './digits/digits.ts';
import { gather } from './embedding/gather.ts';
import { flip } from './flip/flip.ts';
import { ivitOperators } from './ivit/operators.ts';
import { layerNorm } from './layer-norm/layer-norm.ts';
import { linear } from './linear/linear.ts';
import { lookup } from './lookup/lookup.ts';
import { rowLookup } from './lookup/row-lookup.ts';
import { matmul } from './matmul/matmul.ts';
import { maxPool } from './max-pool/max-pool.ts';
import { multiply } from './multiply/multiply.ts';
import { pad } from './pad/pad.ts';
import { permute } from './permute/permute.ts';
import { repeat, tile } from './repeat/repeat.ts';
import { dequantise } from './requantise/dequantise.ts';
import { dyadic } from './requantise/dyadic.ts';
import { dyadicMean } from './requantise/dyadic-mean.ts';
import { dyadicSum } from './requantise/dyadic-sum.ts';
import { bias, float32 } from './requantise/float32.ts';
import { reshape } from './reshape/reshape.ts';
import { magnitude } from './rfft/magnitude.ts';
import { phase } from './rfft/phase.ts';
import { rfft } from './rfft/rfft.ts';
import { rmsNorm } from './rms-norm/rms-norm.ts';
import { roll } from './roll/roll.ts';
import { rope } from './rope/rope.ts';
import { selectiveScan } from './selective-scan/selective-scan.ts';
import { softplus } from './selective-scan/softplus.ts';
import { slice } from './slice/slice.ts';
import { softmax } from './softmax/softmax.ts';
import { wideSoftmax } from './softmax/wide-softmax.ts';
import { staircase } from './staircase/staircase.ts';
import { sum } from './sum/sum.ts';
import { upsample } from './upsample/upsample.ts';

/** Registering an operator is one line here. Nothing else in the project lists them. */
const registered: readonly Operator[] = [
  convolution,
  linear,
  matmul,
  digitMatmul,
  multiply,
  maxPool,
  windowSum,
  axisSum,
  layerNorm,
  rmsNorm,
  softmax,
  wideSoftmax,
  dyadic,
  dyadicSum,
  dyadicMean,
  bias,
  float32,
  dequantise,
  lookup,
  rowLookup,
  staircase,
  gather,
  rope,
  rfft,
  magnitude,
  phase,
  softplus,
  selectiveScan,
  clamp,
  sum,
  concat,
  convert,
  digits,
  reshape,
  permute,
  slice,
  pad,
  upsample,
  repeat,
  tile,
  roll,
  flip,
  quantise,
  requantise,
  add,
  mean,
  aresNorm,
  average,
  biasedMean,
  ...ivitOperators,
];

export const operators: Operators = new Map(registered.map((operator) => [operator.name, operator]));
