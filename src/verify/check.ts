import { BadInput } from '../errors.ts';
import type { Finding, Report } from '../importers/module.ts';
import { examineLowering } from '../lowering/lower.ts';
import type { Network } from '../network/network.ts';
import type { Style } from '../operators/layer.ts';

/** What the checker writes with --json-out: ares-compatible field names, so that tools that read the predecessor's file read this one. */
export interface Compatibility {
  readonly model_name: string;
  readonly compatible: boolean;
  readonly exit_code: 0 | 1;
  readonly scanned_modules: number;
  /** What stands behind an unsupported layer and could not be judged. */
  readonly skipped_modules: number;
  readonly supported_count: number;
  readonly warning_count: number;
  readonly unsupported_count: number;
  readonly supported_types: readonly string[];
  readonly findings: readonly CompatibilityFinding[];
}

export interface CompatibilityFinding {
  readonly module_name: string;
  readonly class_name: string;
  readonly status: 'supported' | 'warning' | 'unsupported' | 'unreached';
  readonly reason: string;
  readonly suggestion: string;
  readonly detected_type: string;
  readonly mapped_optype: string;
  /** The line of the user's model, where the source tells it. */
  readonly location?: string;
}

const findingOf = ({
  moduleName,
  className,
  status,
  reason,
  suggestion,
  detectedType,
  mappedOptype,
  location,
}: Finding): CompatibilityFinding => ({
  module_name: moduleName,
  class_name: className,
  status,
  reason,
  suggestion,
  detected_type: detectedType,
  mapped_optype: mappedOptype,
  ...(location === undefined ? {} : { location }),
});

/** The record of which a layer is a part: its own name, or that of the record in front of the last dot. */
const recordOf = (layer: string, findings: readonly CompatibilityFinding[]): number =>
  findings.findLastIndex(({ module_name: name }) => layer === name || layer.startsWith(`${name}.`));

/**
 * Whether a model can be imported and lowered: the import and the lowering themselves, with listeners that collect where `extract` stops.
 * There is no second list of rules. `load` imports with the report that it is given, and names the numeric style; `supportedTypes` are the classes it knows.
 */
export async function checkCompatibility(
  load: (report: Report) => Promise<{ readonly network: Network; readonly style: Style }>,
  options: { readonly strictWarnings?: boolean; readonly supportedTypes: readonly string[] },
): Promise<Compatibility> {
  const findings: CompatibilityFinding[] = [];
  const { network, style } = await load((finding) => void findings.push(findingOf(finding)));
  for (const { layer, error } of refusals(network, style)) {
    const at = recordOf(layer, findings);
    const { found, expected, remedy } = error.complaint;
    const known = findings[at] ?? { module_name: layer, class_name: '', detected_type: '', mapped_optype: '' };
    const refused = { ...known, status: 'unsupported' as const, reason: `${found}, not ${expected}`, suggestion: remedy };
    if (at < 0) findings.push(refused);
    else findings[at] = refused;
  }
  const count = (status: CompatibilityFinding['status']): number => findings.filter((finding) => finding.status === status).length;
  const compatible = count('unsupported') === 0 && !(options.strictWarnings && count('warning') > 0);
  return {
    model_name: network.name,
    compatible,
    exit_code: compatible ? 0 : 1,
    scanned_modules: findings.length,
    skipped_modules: count('unreached'),
    supported_count: count('supported'),
    warning_count: count('warning'),
    unsupported_count: count('unsupported'),
    supported_types: options.supportedTypes,
    findings,
  };
}

/** At which layers lowering would stop. What no output of the network was reached through is not lowered. */
function refusals(network: Network, style: Style): readonly { readonly layer: string; readonly error: BadInput }[] {
  if (network.outputs.length === 0) return [];
  try {
    return examineLowering(network, { style }).map(({ layer, error }) => ({ layer, error: error as BadInput }));
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    const [, layer = network.name] = /^layer (\S+)/.exec(error.complaint.where) ?? [];
    return [{ layer, error }];
  }
}
