import { type Tensor, tensor } from '../../numeric/tensor.ts';
import { Graph } from './graph.ts';
import { MadeParameters, scaleRows } from './made.ts';
import { type SwinSizes, swin } from './swin.ts';

/** A full-size Swin-tiny: what its shapes say. */
const sizes: SwinSizes = {
  channels: 96,
  patch: 4,
  image: 224,
  colours: 3,
  classes: 1000,
  stages: [
    { depth: 2, heads: 3, side: 56, window: 7 },
    { depth: 2, heads: 6, side: 28, window: 7 },
    { depth: 6, heads: 12, side: 14, window: 7 },
    { depth: 2, heads: 24, side: 7, window: 7 },
  ],
};

const blocks = sizes.stages.flatMap(({ depth }, stage) => Array.from({ length: depth }, (_, block) => `layers.${stage}.blocks.${block}`));

/** The scales that PyTorch observed on made-up pictures. */
const scales: ReadonlyMap<string, number> = new Map([
  ['qact_input', 0.020657027],
  ['patch_embed.qact_before_norm', 0.05092028],
  ['patch_embed.qact', 0.00017674624],
  ['qact1', 0.00017674622],
  ['layers.0.downsample.qact1', 0.0510356],
  ['layers.0.downsample.qact2', 0.035949804],
  ['layers.1.downsample.qact1', 0.038769294],
  ['layers.1.downsample.qact2', 0.03475359],
  ['layers.2.downsample.qact1', 0.04184585],
  ['layers.2.downsample.qact2', 0.035425358],
  ['qact2', 0.03766397],
  ['qact3', 0.030881282],
  ...scaleRows(
    blocks,
    [
      'qact1',
      'attn.qact1',
      'attn.qact_attn1',
      'attn.qact_table',
      'attn.qact2',
      'attn.qact3',
      'attn.qact4',
      'qact2',
      'qact3',
      'mlp.qact_gelu',
      'mlp.qact1',
      'mlp.qact2',
      'qact4',
    ],
    [
      [
        0.052098855, 0.039399963, 0.060590703, 0.0039354805, 0.061141547, 0.030550295, 9.415732e-5, 0.00022005397, 0.043890886, 0.035450667,
        0.035170425, 8.870435e-5, 0.00023910265,
      ],
      [
        0.05066141, 0.03531891, 0.034528267, 0.003936526, 0.03549701, 0.026018128, 0.00010450474, 0.00027138361, 0.0435397, 0.03556447,
        0.032699924, 8.892203e-5, 0.0002542484,
      ],
      [
        0.03924897, 0.044785533, 0.04105144, 0.003935795, 0.043009896, 0.02254795, 7.895587e-5, 0.00016155314, 0.046378966, 0.044057533,
        0.04336061, 9.317513e-5, 0.00018893254,
      ],
      [
        0.042693388, 0.038519703, 0.039721712, 0.0039360914, 0.040097263, 0.023091769, 9.2920985e-5, 0.00018748292, 0.040679317,
        0.036759112, 0.036319554, 8.997362e-5, 0.00021073649,
      ],
      [
        0.04258136, 0.040530007, 0.03882302, 0.003936056, 0.041842908, 0.022615116, 7.781701e-5, 0.00015854751, 0.039184697, 0.040131718,
        0.039811492, 8.067132e-5, 0.00020629754,
      ],
      [
        0.041652896, 0.038516805, 0.038897894, 0.003935108, 0.040918797, 0.025299188, 8.473976e-5, 0.00024647702, 0.046231244, 0.035551347,
        0.03525315, 8.153399e-5, 0.00028014157,
      ],
      [
        0.043153927, 0.033303414, 0.038649168, 0.003936889, 0.037505787, 0.022670085, 8.972338e-5, 0.00028869582, 0.05107721, 0.03728908,
        0.034952104, 8.4293635e-5, 0.00028626682,
      ],
      [
        0.04016087, 0.034837116, 0.029235046, 0.003935148, 0.032345116, 0.028536767, 0.00011566254, 0.00029821668, 0.03780339, 0.037180353,
        0.034859397, 7.405622e-5, 0.0003183396,
      ],
      [
        0.04392739, 0.034634855, 0.03897475, 0.0039305827, 0.04224186, 0.018992366, 8.133454e-5, 0.00030064338, 0.040654056, 0.036490902,
        0.033168003, 9.180542e-5, 0.00033783083,
      ],
      [
        0.042875282, 0.03496093, 0.03651298, 0.003933805, 0.039002903, 0.027304266, 9.718143e-5, 0.00034909692, 0.041589025, 0.033085316,
        0.032523204, 9.330294e-5, 0.00035987838,
      ],
      [
        0.03781003, 0.036662374, 0.04545471, 0.0039369646, 0.04618598, 0.018850349, 8.2615355e-5, 0.00014565398, 0.039425477, 0.03734576,
        0.033354856, 7.392684e-5, 0.00015506944,
      ],
      [
        0.034902185, 0.046007335, 0.036093585, 0.0039361715, 0.03913591, 0.030015044, 9.0526024e-5, 0.00020015845, 0.038180035, 0.032939676,
        0.032399278, 8.8787805e-5, 0.00021985538,
      ],
    ],
  ),
]);

/** Which entry of the table of biases belongs to each pair of tokens of a window: by the distance between their rows and columns. */
function relativePositions(window: number): Tensor {
  const tokens = window ** 2;
  const data = Float64Array.from({ length: tokens ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / tokens), at % tokens];
    const rows = Math.floor(i / window) - Math.floor(j / window);
    return (rows + window - 1) * (2 * window - 1) + (i % window) - (j % window) + window - 1;
  });
  return tensor({ dtype: 'i64', shape: [tokens, tokens] }, data);
}

/** -100 for each pair of tokens of a shifted window that are not neighbours in the picture: those from before and behind its edge. */
function shiftMask(side: number, window: number): Tensor {
  const across = side / window;
  const tokens = window ** 2;
  const band = (position: number): number => (position < side - window ? 0 : position < side - Math.floor(window / 2) ? 1 : 2);
  const region = (index: number, token: number): number => {
    const row = Math.floor(index / across) * window + Math.floor(token / window);
    const column = (index % across) * window + (token % window);
    return 3 * band(row) + band(column);
  };
  const data = Float32Array.from({ length: across ** 2 * tokens ** 2 }, (_, at) => {
    const index = Math.floor(at / tokens ** 2);
    return region(index, Math.floor(at / tokens) % tokens) === region(index, at % tokens) ? 0 : -100;
  });
  return tensor({ dtype: 'f32', shape: [across ** 2, tokens, tokens] }, data);
}

const stageOf = (name: string): number => Number(name.split('.')[1]);

/** The state_dict of a Swin-tiny with made-up weights, as I-ViT saves one: 621 tensors. */
export async function swinTinyState(): Promise<ReadonlyMap<string, Tensor>> {
  const parameters = new MadeParameters({
    where: 'swin-tiny',
    scales,
    hidden: (name) => 4 * sizes.channels * 2 ** stageOf(name),
    buffers: [
      [/relative_position_index$/, (name) => relativePositions(sizes.stages[stageOf(name)]!.window)],
      [/attn_mask$/, (name) => shiftMask(sizes.stages[stageOf(name)]!.side, sizes.stages[stageOf(name)]!.window)],
    ],
  });
  await swin(new Graph(parameters), { name: 'image', shape: [1, 3, sizes.image, sizes.image], scale: Number.NaN }, sizes);
  return parameters.withNeverRun(['act_out']);
}
