import { BadInput } from '../../errors.ts';
import type { Agreement } from '../../verify/agree/agree.ts';
import type { EngineName } from '../../verify/engines.ts';
import { plural, thousands } from '../../verify/units.ts';
import type { Define, Io } from '../command.ts';
import { type Source, sourceOf, withModelOptions } from '../model-options.ts';
import { engineOption, jsonOption, lowered, printJson } from '../road.ts';
import { printTable, type Row, styled } from '../table.ts';

/** bitwright agree BUNDLE: the Program against the integers that the source framework computed itself (docs/numbers.md, rungs 2 and 3). */
export const agree: Define = (command, io) =>
  withModelOptions(command)
    .addOption(engineOption())
    .option('--exceptions', 'list the elements that differ and are no exact ties')
    .addOption(jsonOption())
    .action(async (model, options) => {
      const source = await sourceOf(model, options);
      const compare = source.kind === 'ares' ? withGolden : withFramework;
      const { agrees, json, text } = await compare(source, options, io);
      io.out(options.json ? printJson(json) : text);
      io.setExitCode(agrees ? 0 : 1);
    });

interface Options {
  readonly engine: EngineName;
  readonly exceptions?: true | undefined;
}
interface Outcome {
  readonly agrees: boolean;
  readonly json: unknown;
  readonly text: string;
}

async function withFramework(source: Source, { engine: name, exceptions }: Options, io: Io): Promise<Outcome> {
  const [{ loadTraced }, { agree: compare }, { engines }] = await Promise.all([
    import('../load.ts'),
    import('../../verify/agree/agree.ts'),
    import('../../verify/engines.ts'),
  ]);
  const { network, samples, versions } = await loadTraced(source, io);
  const program = await lowered(network, 'dyadic', { fuse: false });
  const engine = await engines[name]();
  const progress = io.progress(`Comparing ${plural(samples.count, 'sample')}`, samples.count);
  const onSample = (done: number): Promise<void> => {
    progress.update(done);
    return new Promise((resolve) => setTimeout(resolve)); // the bar is drawn by a timer
  };
  const found = await compare(network, program, samples, engine, onSample).finally(() => progress.end());
  const text = describe(network.name, versions, found, io.colour) + (exceptions ? listExceptions(found, io.colour) : '');
  return { agrees: found.agrees, json: { network: network.name, versions, ...found }, text };
}

/** The golden tensors that lie beside an ARES network are an external check: every element is equal, or it fails. */
async function withGolden(source: Source, { engine: name }: Options, io: Io): Promise<Outcome> {
  const [{ loadModel }, { agreeCases }, { engines }] = await Promise.all([
    import('../load.ts'),
    import('../../verify/agree/cases.ts'),
    import('../../verify/engines.ts'),
  ]);
  const { network, style, cases } = await loadModel(source, io);
  if (!cases.some(({ layers }) => layers.size > 0)) {
    const expected = 'test_cases/ with the integers of the layers';
    throw new BadInput({ where: network.name, found: 'no golden tensors', expected, remedy: 'generate the test cases again' });
  }
  const program = await lowered(network, style, { fuse: false });
  const rows = agreeCases(network, program, cases, await engines[name]());
  const compared = rows.filter(({ absent }) => !absent);
  const mismatches = compared.reduce((sum, row) => sum + row.mismatches, 0);
  const table = printTable(
    ['layer', 'elements', 'mismatches', 'max difference', 'first difference'],
    rows.map(({ name: layer, absent, elements, mismatches: differ, maxDifference, first }): Row => {
      if (absent) return [layer, '', '', '', 'not in the program'];
      const place = first ? `sample ${first.sample} [${first.index.join(', ')}]: ${first.found}, not ${first.expected}` : '';
      return [layer, elements, differ > 0 ? { text: differ, style: 'red' } : 0, maxDifference, place];
    }),
    { colour: io.colour },
  );
  const total = `${plural(compared.length, 'layer')} of ${plural(cases.length, 'test case')}, ${plural(mismatches, 'mismatch', 'mismatches')}`;
  const agrees = mismatches === 0 && compared.length > 0;
  return { agrees, json: { network: network.name, agrees, layers: rows }, text: `${table}\n${network.name}: ${total}\n` };
}

const percent = (part: number, whole: number): string => `${whole === 0 ? 100 : Number(((100 * part) / whole).toFixed(4))} %`;
const distance = (value: number): string => (value === 0 ? '' : value.toExponential(1));

function describe(name: string, versions: Readonly<Record<string, string>>, found: Agreement, colour: boolean): string {
  const quantisers = found.quantisers.map(
    (row): Row => [
      row.name,
      row.values,
      row.inside,
      row.differ,
      row.ties,
      row.exceptions,
      distance(row.distance),
      row.failures > 0 ? { text: row.failures, style: 'red' } : 0,
      row.endToEnd.differ,
      row.endToEnd.maxDifference,
    ],
  );
  const titles = ['quantiser', 'values', 'inside', 'differ', 'exact ties', 'float32', 'from a tie', 'failures', 'end to end', 'by at most'];
  const outputs = found.outputs.map(
    (row): Row => [
      row.name,
      row.values,
      row.maxDifference.toExponential(1),
      percent(row.share, 1),
      row.failures > 0 ? { text: row.failures, style: 'red' } : 0,
      row.endToEnd.maxDifference.toExponential(1),
      `${row.endToEnd.top1} of ${found.samples}`,
      `${row.endToEnd.top5} of ${found.samples}`,
    ],
  );
  const outputTitles = ['output', 'values', 'differ by', 'of the allowed', 'failures', 'end to end', 'same first', 'same first 5'];
  const values = found.quantisers.reduce((sum, row) => sum + row.values, 0);
  const equal = values - found.quantisers.reduce((sum, row) => sum + row.endToEnd.differ, 0);
  const framework = Object.entries(versions)
    .map(([product, version]) => `${product} ${version}`)
    .join(', ');
  const budget = `${plural(found.exceptions, 'float32 exception')} of ${found.budget.toFixed(1)} allowed`;
  const verdict = found.agrees ? styled('agrees', 'green', colour) : styled('does not agree', 'red', colour);
  const saturated = found.saturations > 0 ? `, ${plural(found.saturations, 'saturated intermediate value')}` : '';
  return [
    `${name} against ${framework} on ${plural(found.samples, 'sample')}\n`,
    printTable(titles, quantisers, { colour }),
    printTable(outputTitles, outputs, { colour }),
    `layer by layer: ${verdict}, ${budget}${saturated}\nend to end: ${thousands(equal)} of ${thousands(values)} integers are equal (${percent(equal, values)})\n`,
  ].join('\n');
}

function listExceptions(found: Agreement, colour: boolean): string {
  const rows = found.quantisers.flatMap(({ name, shown }) =>
    shown.map(
      ({ sample, index, program, framework, exact, distance: from, verdict }): Row => [
        name,
        sample,
        index.join(','),
        program,
        framework,
        exact,
        distance(from),
        verdict,
      ],
    ),
  );
  const titles = ['quantiser', 'sample', 'element', 'program', 'framework', 'exact', 'from a tie', 'verdict'];
  return rows.length === 0 ? '' : `\n${printTable(titles, rows, { colour })}`;
}
