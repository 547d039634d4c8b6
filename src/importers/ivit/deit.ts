import { heads, joined, mlp } from './blocks.ts';
import type { Graph, Value } from './graph.ts';
import type { Parameters } from './parameters.ts';
import { blockCount, squareRoot } from './sizes.ts';

/** What the shapes of a DeiT or ViT checkpoint say. The number of heads is in none of them. */
export interface DeitSizes {
  readonly channels: number;
  readonly depth: number;
  readonly patch: number;
  readonly image: number;
  readonly colours: number;
  readonly classes: number;
}

export function deitSizes(parameters: Parameters): DeitSizes {
  const [channels = 0, colours = 0, patch = 0, width] = parameters.shape('patch_embed.proj.weight', 4);
  if (patch !== width) parameters.refuse('patch_embed.proj.weight', `patches of ${patch}x${width}`, 'square ones', 'use square patches');
  const [, positions = 0] = parameters.shape('pos_embed', 3);
  const side = squareRoot(parameters, 'pos_embed', positions - 1);
  const [classes = 0] = parameters.shape('head.weight', 2);
  return { channels, depth: blockCount(parameters, 'blocks'), patch, image: side * patch, colours, classes };
}

/** The dataflow of DeiT and ViT (a restatement of its forward): x is the image, the result the logits. */
export async function deit(graph: Graph, image: Value, sizes: DeitSizes, headCount: number): Promise<Value> {
  const { channels, depth, patch, colours, classes } = sizes;
  const pixels = await graph.act('qact_input', 8, image);
  const filters = await graph.patches('patch_embed.proj', pixels, [channels, colours, patch, patch]);
  const [, , rows = 0, columns = 0] = filters.shape;
  const flat = graph.reshape('patch_embed.flatten', filters, [1, channels, rows * columns]);
  const patches = await graph.act('patch_embed.qact', 16, graph.permute('patch_embed.transpose', flat, [0, 2, 1]));
  const tokens = await graph.classToken('cls_token', patches);
  const positions = await graph.act('qact_pos', 16, await graph.parameter('pos_embed', tokens.shape));
  let x = await graph.act('qact1', 16, tokens, positions);
  for (let index = 0; index < depth; index++) x = await block(graph, `blocks.${index}`, x, headCount);
  const normed = await graph.norm('norm', x);
  const first = graph.reshape('class_token', graph.pick('first_token', normed, 1, 0), [1, channels]);
  return graph.linear('head', await graph.act('qact2', 8, first), classes);
}

async function block(graph: Graph, name: string, x: Value, headCount: number): Promise<Value> {
  const attended = await attention(
    graph,
    `${name}.attn`,
    await graph.act(`${name}.qact1`, 8, await graph.norm(`${name}.norm1`, x)),
    headCount,
  );
  const middle = await graph.act(`${name}.qact2`, 16, attended, x);
  const normed = await graph.act(`${name}.qact3`, 8, await graph.norm(`${name}.norm2`, middle));
  const [hidden = 0] = graph.parameters.shape(`${name}.mlp.fc1.weight`, 2);
  return graph.act(`${name}.qact4`, 16, await mlp(graph, `${name}.mlp`, normed, hidden), middle);
}

async function attention(graph: Graph, name: string, x: Value, headCount: number): Promise<Value> {
  const [q, k, v] = await heads(graph, name, x, headCount);
  const factor = (x.shape.at(-1)! / headCount) ** -0.5;
  const logits = await graph.act(`${name}.qact_attn1`, 8, await graph.matmul(`${name}.matmul_1`, q, k, { transpose: true, factor }));
  const shares = await graph.softmax(`${name}.int_softmax`, logits, 16);
  const mixed = await graph.matmul(`${name}.matmul_2`, shares, v, { transpose: false, factor: 1 });
  const together = await graph.act(`${name}.qact2`, 8, joined(graph, name, mixed));
  return graph.act(`${name}.qact3`, 16, await graph.linear(`${name}.proj`, together, x.shape.at(-1)!));
}
