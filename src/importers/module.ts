import type * as z from 'zod';
import type { Layer } from '../network/network.ts';
import type { Shape, Tensor } from '../numeric/tensor.ts';

/** One application of a module or a function of the user's model, as its framework ran it. */
export interface ModuleRecord {
  readonly name: string;
  readonly className: string;
  /** Names of Network layers or inputs: what is dropped (an Identity) has been looked through. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  /** Of the result, axis 0 being one sample. */
  readonly shape: Shape;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tensors: { readonly [role: string]: Tensor };
  readonly location?: string;
}

/** A limit, as data: the importer refuses by it, and the page Supported layers prints it. */
export interface Refusal<F> {
  readonly when: (fields: F, module: ModuleRecord) => boolean;
  /** Behind the layer's name: `it is dilated`. */
  readonly reason: string;
  /** An imperative: what to use instead. */
  readonly suggestion: string;
}

/** Some classes of a source framework, and the Network layers that one application of them is. */
export interface ModuleDefinition<F> {
  readonly classes: readonly string[];
  /** The kinds of the layers, for people: `relu, quantiser`. */
  readonly becomes: string;
  readonly fields: z.ZodType<F>;
  readonly refuses: readonly Refusal<F>[];
  /** The last layer bears the record's name; no layers at all make the record another name of its first input. */
  layers(module: ModuleRecord, fields: F): readonly Layer[];
}
export type AnyModule = ModuleDefinition<unknown>;
export type Modules = ReadonlyMap<string, AnyModule>;

/** Sound, since import.ts parses the fields before a refusal or a rule sees them. */
export const defineModule = <F>(definition: ModuleDefinition<F>): AnyModule => definition as unknown as AnyModule;

/** What the importer says of one record. */
export interface Finding {
  readonly moduleName: string;
  readonly className: string;
  /** `unreached`: it could not be judged, since something in front of it is unsupported. */
  readonly status: 'supported' | 'unsupported' | 'unreached';
  readonly reason: string;
  readonly suggestion: string;
  /** The class by which it was recognised; empty for one that no importer knows. */
  readonly detectedType: string;
  /** The kinds of Network layers that it becomes; empty unless supported. */
  readonly mappedOptype: string;
  /** The line of the user's model, where the source tells it. */
  readonly location?: string;
  /** The file that the record was read from. */
  readonly file: string;
}
export type Report = (finding: Finding) => void;
