/**
 * The names by which the older TVM flow stops a network, and the modules whose values they are: `$1` and `$2` are numbers of blocks and stages.
 * One name may be two modules, of a DeiT and of a Swin.
 */
const units: readonly (readonly [unit: string, module: string])[] = [
  ['post_patch_embed', 'patch_embed.qact'],
  ['post_concat', 'cls_token'],
  ['post_pos_quant', 'qact_pos'],
  ['post_addpos', 'qact1'],
  ['only_embed', 'qact1'],
  ['block_#_norm1', 'blocks.#.norm1'],
  ['block_#_pre_softmax', 'blocks.#.attn.qact_attn1'],
  ['block_#_post_softmax', 'blocks.#.attn.int_softmax'],
  ['block_#_matmul2_reshaped', 'blocks.#.attn.qact2'],
  ['block_#_pre_proj', 'blocks.#.attn.qact2'],
  ['block_#_proj', 'blocks.#.attn.proj'],
  ['block_#_pre_add1', 'blocks.#.attn.qact3'],
  ['block_#_add1', 'blocks.#.qact2'],
  ['block_#_norm2', 'blocks.#.norm2'],
  ['block_#_post_gelu', 'blocks.#.mlp.act'],
  ['post_block#', 'blocks.#.qact4'],
  ['pre_head', 'class_token'],
  ['pre_head_req', 'qact2'],
  ['post_patch_embed_proj', 'patch_embed.qact_before_norm'],
  ['post_patch_embed_norm', 'patch_embed.norm'],
  ['post_patch_embed_out', 'patch_embed.qact'],
  ['post_stem', 'qact1'],
  ['post_stage#_block#', 'layers.#.blocks.#.qact4'],
  ['post_stage#_downsample', 'layers.#.downsample.qact2'],
  ['pre_head_float', 'avgpool'],
  ['pre_head', 'qact3'],
  ['head_int', 'head'],
  ['head_float', 'head.logits'],
];

/** The modules that a name of the older flow may mean, the likelier first; none for any other name. */
export const modulesOfUnit = (name: string): readonly string[] =>
  units.flatMap(([unit, module]) => {
    const found = new RegExp(`^${unit.replaceAll('#', '(\\d+)')}$`).exec(name);
    if (!found) return [];
    const numbers = found.slice(1);
    return [module.replaceAll('#', () => numbers.shift()!)];
  });

/** The names of the older flow whose modules are among `modules`. */
export const unitsOf = (modules: readonly string[]): string[] =>
  units.flatMap(([unit, module]) => {
    const pattern = new RegExp(`^${module.replaceAll('.', '\\.').replaceAll('#', '(\\d+)')}$`);
    return modules.flatMap((name) => {
      const numbers = pattern.exec(name)?.slice(1);
      return numbers ? [unit.replaceAll('#', () => numbers.shift()!)] : [];
    });
  });
