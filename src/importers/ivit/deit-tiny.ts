import type { Tensor } from '../../numeric/tensor.ts';
import { deit } from './deit.ts';
import { Graph } from './graph.ts';
import { MadeParameters, scaleRows } from './made.ts';

/** A full-size DeiT-tiny: what its shapes say, and its heads. */
const sizes = { channels: 192, depth: 12, patch: 16, image: 224, colours: 3, classes: 1000 } as const;
const heads = 3;

const blocks = Array.from({ length: sizes.depth }, (_, block) => `blocks.${block}`);

/** The scales that PyTorch observed on made-up pictures. */
const scales: ReadonlyMap<string, number> = new Map([
  ['qact_input', 0.020787403],
  ['patch_embed.qact', 0.00017025194],
  ['qact_pos', 1.525898e-5],
  ['qact1', 0.00017441547],
  ['qact2', 0.030876601],
  ...scaleRows(
    blocks,
    [
      'qact1',
      'attn.qact1',
      'attn.qact_attn1',
      'attn.qact2',
      'attn.qact3',
      'qact2',
      'qact3',
      'mlp.qact1',
      'mlp.qact2',
      'mlp.qact_gelu',
      'qact4',
    ],
    [
      [
        0.044387, 0.03920733, 0.03579846, 0.020735458, 6.789301e-5, 0.00020020732, 0.041665133, 0.034516953, 9.212434e-5, 0.038185712,
        0.00020370787,
      ],
      [
        0.042544957, 0.03603272, 0.0415689, 0.017655296, 7.422329e-5, 0.0002456719, 0.05702009, 0.033897422, 9.1007794e-5, 0.03615259,
        0.0003033762,
      ],
      [
        0.06130475, 0.03720237, 0.039517045, 0.023701496, 8.267271e-5, 0.00030340898, 0.04947799, 0.037265502, 9.542821e-5, 0.04122741,
        0.00029822564,
      ],
      [
        0.03955171, 0.03682594, 0.031437714, 0.024860753, 8.811148e-5, 0.00028652078, 0.03823563, 0.036327288, 9.078953e-5, 0.036669042,
        0.00031362294,
      ],
      [
        0.046546713, 0.035659537, 0.040126048, 0.017518416, 8.8463865e-5, 0.00030597785, 0.04018201, 0.032660205, 8.595517e-5, 0.033683997,
        0.00033441305,
      ],
      [
        0.04122469, 0.039457563, 0.038631145, 0.022457657, 8.556595e-5, 0.00032013358, 0.04237048, 0.03525263, 7.794171e-5, 0.035776515,
        0.00032890218,
      ],
      [
        0.039625905, 0.037463505, 0.0527513, 0.025896993, 7.8192745e-5, 0.00032287306, 0.040979348, 0.031434406, 9.735889e-5, 0.03850423,
        0.00032949058,
      ],
      [
        0.03869851, 0.036889467, 0.029468967, 0.02189256, 8.843263e-5, 0.0003808568, 0.040763814, 0.034102906, 9.282228e-5, 0.034835204,
        0.0003739751,
      ],
      [
        0.04519998, 0.034036446, 0.03719443, 0.02315729, 8.895115e-5, 0.00037247833, 0.042484473, 0.033653602, 9.688155e-5, 0.03471788,
        0.00038517854,
      ],
      [
        0.043251522, 0.03632997, 0.031568088, 0.02133003, 0.000112714755, 0.00040250635, 0.04643403, 0.036192458, 0.000105473475,
        0.038649343, 0.00039230852,
      ],
      [
        0.038671345, 0.03871915, 0.036207464, 0.024689911, 0.000100361045, 0.00041056835, 0.03886514, 0.031084701, 7.776716e-5, 0.036696073,
        0.00040792304,
      ],
      [
        0.038963553, 0.037522513, 0.02927551, 0.021021971, 8.867811e-5, 0.00039719895, 0.039871152, 0.031279832, 8.909088e-5, 0.03847157,
        0.00041208294,
      ],
    ],
  ),
]);

/** The state_dict of a DeiT-tiny with made-up weights, as I-ViT saves one: 550 tensors. */
export async function deitTinyState(): Promise<ReadonlyMap<string, Tensor>> {
  const parameters = new MadeParameters({ where: 'deit-tiny', scales, hidden: () => 4 * sizes.channels, buffers: [] });
  await deit(new Graph(parameters), { name: 'image', shape: [1, 3, sizes.image, sizes.image], scale: Number.NaN }, sizes, heads);
  return parameters.withNeverRun(['act_out', ...blocks.map((block) => `${block}.attn.qact_softmax`)]);
}
