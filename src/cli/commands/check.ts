import type { Report } from '../../importers/module.ts';
import type { Compatibility } from '../../verify/check.ts';
import type { Define } from '../command.ts';
import { sourceOf, withModelOptions } from '../model-options.ts';
import { jsonOption, printJson, styleOption } from '../road.ts';
import { printTable, type Row, styled } from '../table.ts';

/** bitwright check MODEL: whether it can be imported and lowered, layer by layer. Exit 0 compatible, 1 not, 2 no model. */
export const check: Define = (command, io) =>
  withModelOptions(command)
    .addOption(styleOption())
    .option('--strict-warnings', 'exit 1 on warnings too')
    .option('--json-out <file>', 'write the findings as JSON')
    .option('--list-supported-types', 'print the classes that the importer knows, and nothing else')
    .addOption(jsonOption())
    .action(async (model, options) => {
      const [{ loadModel }, { checkCompatibility }, { modules }, { styles }, { writeWhole }] = await Promise.all([
        import('../load.ts'),
        import('../../verify/check.ts'),
        import('../../importers/brevitas/index.ts'),
        import('../../lowering/styles/index.ts'),
        import('../../formats/files.ts'),
      ]);
      const supportedTypes = [...modules.keys()].sort();
      if (options.listSupportedTypes) {
        io.out(options.json ? printJson(supportedTypes) : `${supportedTypes.join('\n')}\n`);
        return;
      }
      const source = await sourceOf(model, options);
      const load = async (report: Report) => {
        const { network, style } = await loadModel(source, io, report);
        return { network, style: styles.get(options.style ?? style)! };
      };
      const found = await checkCompatibility(load, {
        strictWarnings: options.strictWarnings ?? false,
        supportedTypes,
      });
      if (options.jsonOut !== undefined) await writeWhole(options.jsonOut, printJson(found));
      io.out(options.json ? printJson(found) : describe(found, io.colour));
      io.setExitCode(found.exit_code);
    });

const colours = { supported: 'green', warning: 'yellow', unsupported: 'red', unreached: 'dim' } as const;

function describe(found: Compatibility, colour: boolean): string {
  const rows = found.findings.map(
    ({ module_name, class_name, status, mapped_optype, location = '', reason, suggestion }): Row => [
      module_name,
      class_name,
      { text: status, style: colours[status] },
      mapped_optype,
      location,
      [reason, suggestion].filter(Boolean).join('; '),
    ],
  );
  const table = printTable(['layer', 'class', 'status', 'becomes', 'where', 'why, and what to do'], rows, { colour });
  const counts = `${found.supported_count} supported, ${found.unsupported_count} unsupported, ${found.skipped_modules} behind those`;
  const verdict = found.compatible ? styled('compatible', 'green', colour) : styled('not compatible', 'red', colour);
  return `${table}\n${found.model_name}: ${verdict} (${counts})\n`;
}
