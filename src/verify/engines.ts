import type { Keep } from '../engine/fast.ts';
import type { Tensor } from '../numeric/tensor.ts';
import type { Program } from '../program/program.ts';

/** Runs a Program on quantised inputs and returns its outputs, or every input and step. */
export type Runner = (inputs: ReadonlyMap<string, Tensor>, keep?: Keep) => ReadonlyMap<string, Tensor>;
/** Makes a verified Program ready to run any number of times. */
export type Engine = (program: Program) => Runner;

/** The engines by name: what --engine takes. Both compute the same bits. */
export const engines = {
  async reference(): Promise<Engine> {
    const { runReference } = await import('../engine/reference.ts');
    return (program) => (inputs) => runReference(program, inputs);
  },
  async fast(): Promise<Engine> {
    const [{ prepareFast }, { loadKernels }] = await Promise.all([import('../engine/fast.ts'), import('../engine/load-kernels.ts')]);
    const kernels = await loadKernels();
    return (program) => {
      const engine = prepareFast(program, kernels);
      return (inputs, keep) => engine.run(inputs, keep);
    };
  },
} as const;
export type EngineName = keyof typeof engines;
export const engineNames = Object.keys(engines) as EngineName[];
