import type { Tensor } from '../../numeric/tensor.ts';
import { heads, joined, mlp } from './blocks.ts';
import type { Graph, Value } from './graph.ts';
import type { Parameters } from './parameters.ts';
import { blockCount, squareRoot } from './sizes.ts';

export interface SwinStage {
  readonly depth: number;
  readonly heads: number;
  /** Rows and columns of tokens, and of a window of them. */
  readonly side: number;
  readonly window: number;
}

/** What the shapes of a Swin checkpoint say. */
export interface SwinSizes {
  readonly channels: number;
  readonly patch: number;
  readonly image: number;
  readonly colours: number;
  readonly classes: number;
  readonly stages: readonly SwinStage[];
}

export function swinSizes(parameters: Parameters): SwinSizes {
  const [channels = 0, colours = 0, patch = 0, width] = parameters.shape('patch_embed.proj.weight', 4);
  if (patch !== width) parameters.refuse('patch_embed.proj.weight', `patches of ${patch}x${width}`, 'square ones', 'use square patches');
  const [classes = 0] = parameters.shape('head.weight', 2);
  const found = Array.from({ length: blockCount(parameters, 'layers') }, (_, index) => {
    const name = `layers.${index}.blocks`;
    const [tokens = 0] = parameters.shape(`${name}.0.attn.relative_position_index`, 2);
    const [, headCount = 0] = parameters.shape(`${name}.0.attn.relative_position_bias_table`, 2);
    const window = squareRoot(parameters, `${name}.0.attn.relative_position_index`, tokens);
    return { depth: blockCount(parameters, name), heads: headCount, window };
  });
  const side = firstSide(parameters, found);
  return {
    channels,
    patch,
    image: side * patch,
    colours,
    classes,
    stages: found.map((stage, index) => ({ ...stage, side: side / 2 ** index })),
  };
}

/**
 * Rows of tokens in the first stage. The second block of a stage has a mask with an entry for each window, unless the stage is one window. Stages
 * of one block tell nothing.
 */
function firstSide(parameters: Parameters, stages: readonly Omit<SwinStage, 'side'>[]): number {
  const index = stages.findIndex(({ depth }) => depth > 1);
  const mask = `layers.${index}.blocks.1.attn_mask`;
  if (index < 0)
    parameters.refuse(mask, 'no stage of two blocks, whose mask would tell the size of the picture', 'at least one', 'use another model');
  const across = parameters.has(mask) ? squareRoot(parameters, mask, parameters.shape(mask, 3)[0]!) : 1;
  const side = across * stages[index]!.window * 2 ** index;
  const odd = stages.findIndex(({ window }, stage) => (side / 2 ** stage) % window !== 0);
  if (odd >= 0)
    parameters.refuse(
      `layers.${odd}.blocks.0.attn.relative_position_index`,
      `windows of ${stages[odd]!.window}`,
      `a divisor of ${side / 2 ** odd}`,
      'check the model',
    );
  return side;
}

/** The dataflow of Swin (a restatement of its forward): x is the image, the result the logits. */
export async function swin(graph: Graph, image: Value, { channels, patch, colours, classes, stages }: SwinSizes): Promise<Value> {
  const pixels = await graph.act('qact_input', 8, image);
  const filters = await graph.patches('patch_embed.proj', pixels, [channels, colours, patch, patch]);
  const [, , rows = 0, columns = 0] = filters.shape;
  const flat = graph.reshape('patch_embed.flatten', filters, [1, channels, rows * columns]);
  const patches = await graph.act('patch_embed.qact_before_norm', 8, graph.permute('patch_embed.transpose', flat, [0, 2, 1]));
  let x = await graph.act('qact1', 16, await graph.act('patch_embed.qact', 16, await graph.norm('patch_embed.norm', patches)));
  for (const [index, stage] of stages.entries()) {
    for (let at = 0; at < stage.depth; at++) x = await block(graph, `layers.${index}.blocks.${at}`, x, stage, at % 2 === 1);
    if (index + 1 < stages.length) x = await merge(graph, `layers.${index}.downsample`, x, stage.side);
  }
  const normed = await graph.act('qact2', 8, await graph.norm('norm', x));
  return graph.linear('head', await graph.act('qact3', 8, graph.mean('avgpool', normed, 1)), classes);
}

async function block(graph: Graph, name: string, x: Value, stage: SwinStage, odd: boolean): Promise<Value> {
  const { window, side } = stage;
  const shift = odd && side > window ? window >> 1 : 0;
  const count = (side / window) ** 2;
  const mask = shift > 0 ? await graph.parameters.read(`${name}.attn_mask`, [count, window ** 2, window ** 2]) : undefined;
  const normed = await graph.act(`${name}.qact1`, 8, await graph.norm(`${name}.norm1`, x));
  const attended = await attention(graph, `${name}.attn`, windows(graph, name, normed, stage, shift), stage, mask);
  const middle = await graph.act(`${name}.qact2`, 16, unwindowed(graph, name, attended, stage, shift), x);
  const again = await graph.act(`${name}.qact3`, 8, await graph.norm(`${name}.norm2`, middle));
  const [hidden = 0] = graph.parameters.shape(`${name}.mlp.fc1.weight`, 2);
  return graph.act(`${name}.qact4`, 16, await mlp(graph, `${name}.mlp`, again, hidden), middle);
}

/** [1, side^2, C] rolled back by `shift` rows and columns, as windows [windows, window^2, C]. */
function windows(graph: Graph, name: string, x: Value, { side, window }: SwinStage, shift: number): Value {
  const channels = x.shape.at(-1)!;
  const square = graph.reshape(`${name}.square`, x, [1, side, side, channels]);
  const rolled = shift > 0 ? graph.roll(`${name}.shifted`, square, [1, 2], -shift) : square;
  const across = side / window;
  const cut = graph.reshape(`${name}.cut`, rolled, [across, window, across, window, channels]);
  return graph.reshape(`${name}.windows`, graph.permute(`${name}.by_window`, cut, [0, 2, 1, 3, 4]), [across ** 2, window ** 2, channels]);
}

function unwindowed(graph: Graph, name: string, x: Value, { side, window }: SwinStage, shift: number): Value {
  const channels = x.shape.at(-1)!;
  const across = side / window;
  const cut = graph.permute(
    `${name}.by_row`,
    graph.reshape(`${name}.uncut`, x, [across, across, window, window, channels]),
    [0, 2, 1, 3, 4],
  );
  if (shift === 0) return graph.reshape(`${name}.merged`, cut, [1, side ** 2, channels]);
  const square = graph.roll(`${name}.unshifted`, graph.reshape(`${name}.unsquare`, cut, [1, side, side, channels]), [1, 2], shift);
  return graph.reshape(`${name}.merged`, square, [1, side ** 2, channels]);
}

async function attention(graph: Graph, name: string, x: Value, stage: SwinStage, mask: Tensor | undefined): Promise<Value> {
  const [, tokens = 0, channels = 0] = x.shape;
  const [q, k, v] = await heads(graph, name, x, stage.heads);
  const factor = (channels / stage.heads) ** -0.5;
  const raw = await graph.act(`${name}.qact_attn1`, 8, await graph.matmul(`${name}.matmul_1`, q, k, { transpose: true, factor }));
  const entries = (2 * stage.window - 1) ** 2;
  const table = await graph.act(
    `${name}.qact_table`,
    8,
    await graph.parameter(`${name}.relative_position_bias_table`, [entries, stage.heads]),
  );
  const bias = await graph.positionBias(`${name}.relative_position_index`, table, tokens);
  const logits = await graph.act(`${name}.qact2`, 8, raw, bias);
  const shares = await graph.softmax(`${name}.log_int_softmax`, logits, 8, mask);
  const mixed = await graph.matmul(`${name}.matmul_2`, shares, v, { transpose: false, factor: 1 });
  const together = await graph.act(`${name}.qact3`, 8, joined(graph, name, mixed));
  return graph.act(`${name}.qact4`, 16, await graph.linear(`${name}.proj`, together, channels));
}

/** Four neighbours become one token of 4C channels in the order (row, column) = (0,0), (1,0), (0,1), (1,1), then 2C. */
async function merge(graph: Graph, name: string, x: Value, side: number): Promise<Value> {
  const channels = x.shape.at(-1)!;
  const pairs = graph.reshape(`${name}.pairs`, x, [side / 2, 2, side / 2, 2, channels]);
  const quads = graph.permute(`${name}.quads`, pairs, [0, 2, 3, 1, 4]);
  const merged = graph.reshape(`${name}.merged`, quads, [1, (side / 2) ** 2, 4 * channels]);
  const normed = await graph.act(`${name}.qact1`, 8, await graph.norm(`${name}.norm`, merged));
  return graph.act(`${name}.qact2`, 8, await graph.linear(`${name}.reduction`, normed, 2 * channels));
}
