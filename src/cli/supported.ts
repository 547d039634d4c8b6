import type { Hints } from '../importers/import.ts';
import type { AnyModule } from '../importers/module.ts';
import type { LayerDefinitions } from '../operators/layer.ts';
import type { Operators } from '../program/operator.ts';
import { printOperations } from './operations.ts';
import { printSupportedLayers } from './supported-layers.ts';

/** All that decides what a model may be made of, and what it becomes. */
export interface Supported {
  readonly modules: readonly AnyModule[];
  readonly hints: Hints;
  readonly layers: LayerDefinitions;
  readonly operators: Operators;
}

/** The page "Supported operations". */
export const printSupported = ({ modules, hints, layers, operators }: Supported): string => `# Supported operations

Printed by \`bitwright ops\` from the tables by which the importer accepts and refuses, and from the definitions in \`src/operators/\`.

${printSupportedLayers(modules, hints)}
${printOperations(layers, operators)}`;

/** The same as plain data. */
export const supportedJson = ({ modules, hints, layers, operators }: Supported) => ({
  modules: modules.map(({ classes, becomes, refuses }) => ({
    ...{ classes, becomes },
    refuses: refuses.map(({ reason, suggestion }) => ({ reason, suggestion })),
  })),
  instead: Object.fromEntries(hints),
  layers: [...layers.values()].map(({ kind, arity, required, optional }) => ({ kind, arity, required, optional })),
  operators: [...operators.values()].map(({ name, operands, formula, epilogue }) => ({ name, operands, formula, epilogue })),
});
