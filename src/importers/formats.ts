import { join } from 'node:path';
import { kindOf } from '../formats/files.ts';
import type { TestCase } from '../formats/test-cases.ts';
import type { Network } from '../network/network.ts';
import type { Tensor } from '../numeric/tensor.ts';
import type { Report } from './module.ts';

/** What every model is once it is read. */
export interface ImportedModel {
  readonly network: Network;
  /** The numeric style whose integers the source itself defines. */
  readonly style: 'dyadic' | 'ares' | 'ivit';
  /** Inputs that it brings along: f32 by the input's name, axis 0 counting samples. */
  readonly samples?: { readonly inputs: ReadonlyMap<string, Tensor> };
  /** The golden tensors of an ARES directory, in `style`; none elsewhere. */
  readonly cases: readonly TestCase[];
  /** Sentences about what is unusual in it, but right. */
  readonly notes?: readonly string[];
}

/** What a user may say of a model, beyond what its files say. */
export interface FormatOptions {
  readonly modelName?: string | undefined;
  readonly heads?: number | undefined;
}

/** A form in which models lie in files. What is heavy is imported when one is read, so that `--help` loads none of it. */
export interface ModelFormat {
  /** With its article, for messages: `an ARES directory`. */
  readonly what: string;
  /** The options that say something of it. */
  readonly options: readonly (keyof FormatOptions)[];
  recognises(path: string, kind: 'file' | 'directory'): Promise<boolean>;
  load(path: string, options: FormatOptions, report: Report): Promise<ImportedModel>;
}

const holds = async (path: string, kind: string, file: string): Promise<boolean> =>
  kind === 'directory' && (await kindOf(join(path, file))) === 'file';

const bundle: ModelFormat = {
  what: 'a bundle',
  options: [],
  recognises: (path, kind) => holds(path, kind, 'bundle.json'),
  async load(path, _, report) {
    const { importBundle } = await import('./bundle/import.ts');
    const { network, style, samples } = await importBundle(path, report);
    return { network, style, cases: [], ...(samples.count > 0 && { samples }) };
  },
};

const ares: ModelFormat = {
  what: 'an ARES directory',
  options: [],
  recognises: (path, kind) => holds(path, kind, 'network_info.json'),
  async load(path, _, report) {
    const [{ importAres }, { stackedInputs }] = await Promise.all([import('./ares/import.ts'), import('./ares/samples.ts')]);
    const { network, style, cases } = await importAres(path, report);
    return { network, style, cases, ...(cases.length > 0 && { samples: { inputs: stackedInputs(network, cases) } }) };
  },
};

const checkpoint: ModelFormat = {
  what: 'an I-ViT checkpoint',
  options: ['modelName', 'heads'],
  async recognises(path, kind) {
    if (kind !== 'file') return false;
    const { looksLikeCheckpoint } = await import('../formats/checkpoint/recognise.ts');
    return looksLikeCheckpoint(path);
  },
  async load(path, options, report) {
    const { importCheckpoint } = await import('./ivit/import.ts');
    return { ...(await importCheckpoint(path, options, report)), style: 'ivit', cases: [] };
  },
};

/** All forms, in the order in which a path is tried. Registering one is a line here. */
export const modelFormats = { bundle, ares, checkpoint } as const satisfies Readonly<Record<string, ModelFormat>>;
export type FormatName = keyof typeof modelFormats;
export const formatNames = Object.keys(modelFormats) as FormatName[];
