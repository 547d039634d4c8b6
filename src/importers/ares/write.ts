import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileErrors } from '../../formats/files.ts';
import { printNpy } from '../../formats/npy.ts';
import { elements, type Shape, type Tensor } from '../../numeric/tensor.ts';
import { arrayRolesOf, weightFile } from './arrays.ts';
import { type AresLayer, type AresStyle, infoName, styleKey } from './directory.ts';

/** A layer to be written: its own fields, and the shape of its result. */
export interface AresOutput extends AresLayer {
  readonly outputShape: Shape;
}

/** The number of the transformer block that a layer's name places it in. */
function blockOf(name: string): number | null {
  const [, number] = /(?:^|\.)(?:blocks|layers)\.(\d+)\./.exec(name) ?? [];
  return number === undefined ? null : Number(number);
}

/** Where the weights would live on GAP9, by their size and type. */
function residencyOf(type: string, bytes: number): string {
  if (bytes === 0) return 'N/A';
  return bytes < 4096 || (bytes < 65536 && type.includes('Conv')) ? 'L2' : 'L3_STAGED';
}

function nested({ type: { shape }, data }: Tensor): unknown {
  const slice = (axis: number, start: number): unknown => {
    if (axis === shape.length) return data[start];
    const step = elements(shape.slice(axis + 1));
    return Array.from({ length: shape[axis]! }, (_, index) => slice(axis + 1, start + index * step));
  };
  return slice(0, 0);
}

function entryOf({ name, type, fields, tensors, outputShape }: AresOutput): Record<string, unknown> {
  const bytes = Object.values(tensors).reduce((sum, { type: own, data }) => sum + (own.dtype === 'i8' ? data.length : 0), 0);
  const arrays = arrayRolesOf(type).flatMap(({ role, key }) => (tensors[role] ? [[key, nested(tensors[role])] as const] : []));
  const { scale_output: scale, ...own } = fields;
  return {
    name,
    type,
    block_id: blockOf(name),
    output_shape: outputShape,
    weight_residency: residencyOf(type, bytes),
    activation_residency: 'L2',
    weight_size_bytes: bytes,
    ...own,
    ...Object.fromEntries(arrays),
    ...(scale === undefined ? {} : { scale_output: scale }),
  };
}

/** network_info.json: a line for each field, so that two versions of a network can be compared. ARES itself names no style. */
export function printInfo(layers: readonly AresOutput[], style: AresStyle = 'ares'): string {
  const lines = layers.map((layer) => {
    const fields = Object.entries(entryOf(layer)).map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    return `  ${JSON.stringify(layer.name)}: {\n${fields.join(',\n')}\n  }`;
  });
  const order = `  "__layer_order__": ${JSON.stringify(layers.map(({ name }) => name))}`;
  const named = style === 'ares' ? [] : [`  ${JSON.stringify(styleKey)}: ${JSON.stringify(style)}`];
  return `{\n${[...lines, order, ...named].join(',\n')}\n}\n`;
}

/** Writes network_info.json and weights/*.npy into a directory that exists. */
export async function writeAresFiles(directory: string, layers: readonly AresOutput[], style: AresStyle = 'ares'): Promise<void> {
  await withFileErrors(directory, async () => {
    await mkdir(join(directory, 'weights'), { recursive: true });
    await writeFile(join(directory, infoName), printInfo(layers, style));
    for (const { name, type, tensors } of layers) {
      for (const role of arrayRolesOf(type)) {
        const array = tensors[role.role];
        if (array) await writeFile(join(directory, weightFile(name, role)), printNpy(array));
      }
    }
  });
}
