import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeElements } from '../formats/elements.ts';
import { type TestCase, writeTestCases } from '../formats/test-cases.ts';
import type { Network } from '../network/network.ts';
import { f32 } from '../numeric/rounding.ts';
import type { Tensor } from '../numeric/tensor.ts';
import type { Real } from '../operators/layer.ts';
import type { Program } from '../program/program.ts';
import { numbered } from '../targets/identifiers.ts';
import { isFloat } from './compare.ts';
import type { Values } from './deployment.ts';
import { realValue } from './real.ts';
import type { Sample } from './samples.ts';

/** The golden tensors of one sample as a test case: inputs and outputs in float32, the integers of every input and step. */
export function testCaseOf(network: Network, program: Program, sample: Sample, golden: Values): TestCase {
  return {
    inputs: [...network.inputs.keys()].map((name) => sample.get(name)!),
    outputs: program.outputs.map((name, index) => floatOutput(network, network.outputs[index]!, golden.get(name)!, golden)),
    layers: new Map([...golden].filter(([, tensor]) => !isFloat(tensor))),
  };
}

/** An output in float32: logits as they are, integers as the reals that they stand for. */
function floatOutput(network: Network, output: string, tensor: Tensor, golden: Values): Tensor {
  if (isFloat(tensor)) return tensor;
  const given = (name: string): Real | undefined => {
    const scale = network.layers.find((layer) => layer.name === name)?.attributes['scale'];
    const integers = golden.get(name);
    if (typeof scale !== 'number' || !integers) return undefined;
    const values = Float64Array.from(integers.data, (integer) => integer * scale);
    return { shape: integers.type.shape, values, bracket: values };
  };
  const { values } = realValue(network, output, given, new Map());
  return { type: { dtype: 'f32', shape: tensor.type.shape }, data: Float32Array.from(values, f32) };
}

/** The plain name of a file: dots become underscores, and no two are the same. */
const plainNames = (): ((name: string) => string) => {
  const unique = numbered();
  return (name) => unique(name.replaceAll(/[./\\]/g, '_'));
};

/**
 * Fills `directory`, which exists, with the test_cases/ layout (summary.json, test_case_N/) and in each test case a folder bin/ with the same
 * tensors without headers, little-endian: input.bin (input0.bin, ... where there are several) and <step>_golden.bin. The constants of the
 * Program stand in bin/, those of a layer's weights as <layer>_weight.bin.
 */
export async function writeGoldenFiles(directory: string, program: Program, cases: readonly TestCase[]): Promise<void> {
  await writeTestCases(directory, cases);
  await mkdir(join(directory, 'bin'));
  const constantName = plainNames();
  for (const [name, constant] of program.constants) {
    const file = `${constantName(name.replace(/\.weights$/, '.weight'))}.bin`;
    await writeFile(join(directory, 'bin', file), encodeElements(constant));
  }
  const quantised = [...program.inputs.keys()];
  for (const [index, { layers }] of cases.entries()) {
    const folder = join(directory, `test_case_${index + 1}`, 'bin');
    await mkdir(folder);
    const plain = plainNames();
    for (const [name, tensor] of layers) {
      const at = quantised.indexOf(name);
      const file = at < 0 ? `${plain(name)}_golden.bin` : `input${quantised.length > 1 ? at : ''}.bin`;
      await writeFile(join(folder, file), encodeElements(tensor));
    }
  }
}
