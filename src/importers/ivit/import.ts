import { BadInput } from '../../errors.ts';
import { withCheckpoint } from '../../formats/checkpoint/checkpoint.ts';
import type { Network } from '../../network/network.ts';
import { validateNetwork } from '../../network/validate.ts';
import { layers as kinds } from '../../operators/layers.ts';
import { importModules, stopAtFirst } from '../import.ts';
import type { ModuleRecord, Report } from '../module.ts';
import { Graph } from './graph.ts';
import { modules } from './index.ts';
import { findModel, type ModelWish } from './models.ts';
import { CheckpointParameters } from './parameters.ts';

/** The modules of a checkpoint as records, from which a bundle or a Network is made. */
export interface Traced {
  readonly name: string;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly records: readonly ModuleRecord[];
  readonly output: string;
  /** Sentences about what is unusual, but right. */
  readonly notes: readonly string[];
}

/** What upstream declares, and its forward never runs. */
const neverRun = /(^|\.)(act_out|qact_softmax)\.act_scaling_factor$/;

/**
 * Reads the state_dict that I-ViT saved: scales from act_scaling_factor alone, integers from the float parameters, and that the integers which
 * were saved beside them are the same. A BadInput names the tensor that is wrong, or that belongs to no module.
 */
export const traceCheckpoint = (path: string, wish: ModelWish = {}): Promise<Traced> =>
  withCheckpoint(path, async (checkpoint) => {
    const parameters = new CheckpointParameters(checkpoint);
    const { name, image, colours, build } = findModel(parameters, wish);
    const graph = new Graph(parameters);
    const input = { name: 'image', shape: [1, colours, image, image] };
    const output = await build(graph, { ...input, scale: Number.NaN });
    const foreign = parameters.unused.find((tensor) => !neverRun.test(tensor));
    if (foreign !== undefined) {
      parameters.refuse(foreign, 'a tensor that no module reads', `those of ${name}`, 'name the checkpoint of a model that I-ViT defines');
    }
    return { name, input, records: graph.records, output: output.name, notes: graph.notes };
  });

/** The Network of a checkpoint; a finding for each module goes to `report`. */
export async function importCheckpoint(
  path: string,
  wish: ModelWish = {},
  report: Report = stopAtFirst,
): Promise<{ readonly network: Network; readonly notes: readonly string[] }> {
  const { name, input, records, output, notes } = await traceCheckpoint(path, wish);
  const { layers } = importModules(path, [input.name], records, modules, new Map(), report);
  const network: Network = { name, inputs: new Map([[input.name, input.shape]]), layers, outputs: [output] };
  try {
    validateNetwork(network, kinds);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    throw new BadInput({ ...error.complaint, where: `${path}, ${error.complaint.where}` }, { cause: error });
  }
  return { network, notes };
}
