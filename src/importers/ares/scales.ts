import { BadInput } from '../../errors.ts';
import { known } from './composites.ts';
import type { AresInfo, AresLayer } from './directory.ts';

/** Where a layer stands: what it reads, and what follows it in the order. */
interface Place {
  readonly layer: AresLayer;
  /** The scale of what it reads, undefined for a float input of the network. */
  readonly incoming: number | undefined;
  readonly following: readonly AresLayer[];
  /** Whether the layer behind it reads it. */
  readonly feedsNext: boolean;
}

/** The scale of a layer's int8 result; null where it has none, undefined where it is missing. */
type Rule = (place: Place) => unknown;

const own: Rule = ({ layer }) => layer.fields['scale'];
const recorded: Rule = ({ layer }) => layer.fields['scale_output'];
const kept: Rule = ({ incoming }) => incoming;

/** The next quantiser in the order, whatever stands in between. */
const ahead: Rule = ({ layer, following }) => {
  const quantiser = following.find(({ type }) => type === 'QuantIdentity' || type === 'QuantReLU');
  return quantiser ? quantiser.fields['scale'] : layer.fields['scale_output'];
};

/** A quantiser directly behind an average pool: both are rounded at once. */
const directlyBehind: Rule = ({ incoming, following: [next], feedsNext }) =>
  next?.type === 'QuantIdentity' && feedsNext ? next.fields['scale'] : incoming;

/** What has a scale of its own if it was written down, else that of the quantiser behind it. */
const recordedOrBehind: Rule = (place) => place.layer.fields['scale_output'] ?? directlyBehind(place);

/** The classifier stays float: the last layer has no scale. */
const unlessLast: Rule = (place) => (place.following.length > 0 ? recorded(place) : null);

const rules: ReadonlyMap<string, Rule> = new Map([
  ...known.map(({ type }): [string, Rule] => [type, recorded]),
  ['QuantIdentity', own],
  ['QuantReLU', own],
  ['QuantConv2d', ahead],
  ['QuantLinear', unlessLast],
  ['AvgPool2d', directlyBehind],
  ['GlobalAvgPool', directlyBehind],
  ['LayerNorm', directlyBehind],
  ['RMSNorm', directlyBehind],
  ['GroupNorm', directlyBehind],
  ['GELU', recordedOrBehind],
  ['Embedding', own],
  ['Add', recorded],
  ['Concatenate', recorded],
  ['Mean', recorded],
  ['SiLU', recorded],
]);

/** Rules that hand on what they read, which may be the network's own floats. */
const relative: ReadonlySet<Rule> = new Set([kept, directlyBehind, recordedOrBehind]);

/** Where each type's scale comes from, for a message. */
const sources: ReadonlyMap<Rule, string> = new Map([
  [own, 'its scale'],
  [ahead, 'a QuantIdentity or QuantReLU behind it'],
  [directlyBehind, 'a quantised input'],
  [recordedOrBehind, 'its scale_output, or a QuantIdentity directly behind it'],
  [recorded, 'its scale_output'],
  [unlessLast, 'its scale_output, as for every linear layer but the last'],
]);

export interface Scales {
  readonly incoming: number | undefined;
  readonly outgoing: number | undefined;
}

const isScale = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0;
const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-5 * Math.abs(b);

/** The scales in front of and behind every layer, looked up ahead where the format wants it. A scale that is no positive number is a BadInput. */
export function scalesOf({ file, layers }: AresInfo, edges: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, Scales> {
  const scales = new Map<string, Scales>();
  layers.forEach((layer, at) => {
    const incoming = scales.get(edges.get(layer.name)![0]!)?.outgoing;
    const following = layers.slice(at + 1);
    const feedsNext = following[0] !== undefined && edges.get(following[0].name)!.includes(layer.name);
    const rule = rules.get(layer.type) ?? kept;
    const found = rule({ layer, incoming, following, feedsNext });
    if (found === undefined && !relative.has(rule)) throw missingScale(file, layer);
    if (found !== undefined && found !== null && !isScale(found)) {
      throw wrong(`${file}, layer ${layer.name}`, `the scale ${JSON.stringify(found)}`, 'a finite number above 0');
    }
    const given = layer.fields['scale_input'];
    if (incoming !== undefined && isScale(given) && !isClose(given, incoming)) {
      throw wrong(`${file}, layer ${layer.name}`, `scale_input ${given}`, `${incoming}, the scale of what it reads`);
    }
    scales.set(layer.name, { incoming, outgoing: isScale(found) ? found : undefined });
  });
  return scales;
}

/** A layer whose result must be int8 and has no scale. */
export const missingScale = (file: string, { name, type }: AresLayer): BadInput =>
  wrong(`${file}, layer ${name}`, 'no scale', sources.get(rules.get(type) ?? kept) ?? 'a quantised input');

const wrong = (where: string, found: string, expected: string): BadInput =>
  new BadInput({ where, found, expected, remedy: 'calibrate the network and extract it again' });
