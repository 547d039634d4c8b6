import { join } from 'node:path';
import { BadInput } from '../../errors.ts';
import { kindOf, readBytes, readJson } from '../../formats/files.ts';
import { parseNpy } from '../../formats/npy.ts';
import { dtypes, elements, printType, sameShape, type Tensor, tensor } from '../../numeric/tensor.ts';
import { type ArrayRole, arrayRolesOf, weightFile } from './arrays.ts';

/** One entry of network_info.json. Large arrays are taken out of its fields. */
export interface AresLayer {
  readonly name: string;
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tensors: { readonly [role: string]: Tensor };
}

/** The styles whose integers golden tensors can be: ARES's own, or exact ones where its formula is not computed here. */
export const aresStyles = ['ares', 'dyadic'] as const;
export type AresStyle = (typeof aresStyles)[number];
export const isAresStyle = (value: unknown): value is AresStyle => aresStyles.some((style) => style === value);

/** network_info.json with the arrays of weights/, in the order in which the layers run. */
export interface AresInfo {
  /** The path of network_info.json, for messages. */
  readonly file: string;
  readonly layers: readonly AresLayer[];
  /** The style of the golden integers where the file names one: ARES itself does not. */
  readonly style?: AresStyle;
}

export const infoName = 'network_info.json';
/** Bitwright's own key beside `__layer_order__`. */
export const styleKey = '__numeric_style__';
const remedy = 'extract the network again';
type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Python writes numbers that JSON does not have: as text, each is refused where it stands, by the name of its layer. */
const namedNumbers = (text: string): string => text.replace(/(?<=[:[,]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, '"$&"');

/** Reads network_info.json and weights/*.npy; a BadInput names the file, and the layer where one is wrong. */
export async function readAresDirectory(directory: string): Promise<AresInfo> {
  const file = join(directory, infoName);
  const json = await readJson(file, namedNumbers);
  const refuse = (at: string, found: string, expected: string): never => {
    throw new BadInput({ where: `${file}${at}`, found, expected, remedy });
  };
  if (!isObject(json)) return refuse('', 'no object', 'an object with a key for each layer');
  const order = json['__layer_order__'];
  if (!Array.isArray(order) || order.length === 0 || !order.every((name) => typeof name === 'string')) {
    return refuse('', 'no list of names in __layer_order__', 'the layers in the order in which they run');
  }
  const twice = order.find((name, at) => order.indexOf(name) !== at);
  if (twice !== undefined) refuse('', `${twice} twice in __layer_order__`, 'every layer once');
  const lost = Object.keys(json).find((name) => !name.startsWith('__') && !order.includes(name));
  if (lost !== undefined) refuse(`, layer ${lost}`, 'no place in __layer_order__', 'every layer once');
  const layers = order.map((name: string) => {
    const entry = json[name];
    if (!isObject(entry)) return refuse(`, layer ${name}`, 'no entry for a layer of __layer_order__', 'an object');
    const type = entry['type'];
    if (typeof type !== 'string') return refuse(`, layer ${name}`, 'no type', 'one such as QuantConv2d');
    return { name, type, entry };
  });
  const style = json[styleKey];
  if (style !== undefined && !isAresStyle(style)) refuse('', `the ${styleKey} ${JSON.stringify(style)}`, 'ares or dyadic');
  const read = await Promise.all(layers.map((layer) => withArrays(directory, file, layer)));
  return { file, layers: read, ...(isAresStyle(style) && { style }) };
}

async function withArrays(directory: string, file: string, layer: { name: string; type: string; entry: Fields }): Promise<AresLayer> {
  const fields = { ...layer.entry };
  const tensors: Record<string, Tensor> = {};
  for (const role of arrayRolesOf(layer.type)) {
    const listed = fields[role.key];
    delete fields[role.key];
    const inJson = listed === undefined || listed === null ? undefined : fromLists(listed, role, `${file}, layer ${layer.name}`);
    const path = join(directory, weightFile(layer.name, role));
    const inFile = (await kindOf(path)) === 'file' ? parseNpy(await readBytes(path), path) : undefined;
    if (inFile && inFile.type.dtype !== role.dtype) {
      throw new BadInput({ where: path, found: `elements of type ${inFile.type.dtype}`, expected: role.dtype, remedy });
    }
    if (inJson && inFile) checkEqual(inFile, inJson, path, layer.name);
    const found = inFile ?? inJson;
    if (found) tensors[role.role] = found;
  }
  return { name: layer.name, type: layer.type, fields, tensors };
}

/** A rectangular nested list of numbers that the dtype can hold. */
function fromLists(listed: unknown, { key, dtype }: ArrayRole, where: string): Tensor {
  const refuse = (found: string): never => {
    throw new BadInput({ where: `${where}, ${key}`, found, expected: `a rectangular nested list of ${dtype} numbers`, remedy });
  };
  const shape: number[] = [];
  for (let level = listed; Array.isArray(level); level = level[0]) shape.push(level.length);
  const data = new dtypes[dtype].array(elements(shape));
  let position = 0;
  const fill = (level: unknown, axis: number): void => {
    if (axis < shape.length) {
      const entries = Array.isArray(level) && level.length === shape[axis] ? level : refuse('lists of different lengths');
      for (const entry of entries) fill(entry, axis + 1);
      return;
    }
    data[position] = typeof level === 'number' ? level : refuse(`${JSON.stringify(level)} at element ${position}`);
    if (dtype !== 'f32' && data[position] !== level) refuse(`${level} at element ${position}`);
    position += 1;
  };
  fill(listed, 0);
  return tensor({ dtype, shape }, data);
}

/** What stands in both places must be the same. */
function checkEqual(inFile: Tensor, inJson: Tensor, path: string, layer: string): void {
  const expected = `what ${infoName} says of layer ${layer}`;
  if (!sameShape(inFile.type.shape, inJson.type.shape)) {
    throw new BadInput({ where: path, found: printType(inFile.type), expected: `${expected}, ${printType(inJson.type)}`, remedy });
  }
  const at = inFile.data.findIndex((value, position) => !Object.is(value, inJson.data[position]));
  if (at < 0) return;
  throw new BadInput({
    where: `${path}, element ${at}`,
    found: String(inFile.data[at]),
    expected: `${inJson.data[at]}, ${expected}`,
    remedy,
  });
}
