import type { StepVerdict } from '../../verify/deployment.ts';
import type { Define } from '../command.ts';
import { jsonOption, printJson } from '../road.ts';
import { printTable, type Row, styled } from '../table.ts';

/** bitwright verify RUN GOLDEN: tensors that were made elsewhere, element by element. */
export const verify: Define = (command, io) =>
  command
    .argument('<run>', 'folder with a .npy or .bin file for each layer, or with test_case_1/ and so on')
    .argument('<golden>', 'folder that bitwright golden wrote, or the test_cases/ of an ARES directory')
    .addOption(jsonOption())
    .action(async (run, golden, { json }) => {
      const [{ judgeFiles }, { plural }] = await Promise.all([import('../verify-files.ts'), import('../../verify/units.ts')]);
      const { steps, absent, explained } = await judgeFiles(run, golden);
      const mismatches = steps.reduce((sum, step) => sum + step.mismatches, 0);
      io.setExitCode(mismatches === 0 ? 0 : 1);
      if (json) return io.out(printJson({ run, golden, mismatches, steps, absent, ...(explained && { firstDifference: explained }) }));
      const rows = steps.map(({ step, operator, type, elements, mismatches: differ, maxDifference }: StepVerdict): Row => {
        const bad = differ > 0 ? ({ style: 'red' } as const) : {};
        return [
          step,
          operator,
          `${type.dtype} ${type.shape.join('x')}`,
          elements,
          { text: differ, ...bad },
          { text: maxDifference, ...bad },
        ];
      });
      io.out(printTable(['step', 'operator', 'shape', 'elements', 'mismatches', 'max difference'], rows, { colour: io.colour }));
      if (absent.length > 0) io.out(`\nnot in ${run}: ${absent.join(', ')}\n`);
      const count = `${plural(steps.length, 'tensor')}, ${plural(mismatches, 'mismatch', 'mismatches')}`;
      io.out(`\n${styled(count, mismatches === 0 ? 'green' : 'red', io.colour)}\n`);
      if (!explained) return;
      io.out(`${explained.sentence}\n`);
      const reads = explained.reads.map(({ name, type, mismatches: differ, min, max, elements }): Row => {
        return [name, type, differ === 0 ? 'as golden' : plural(differ, 'difference'), `${min} to ${max}`, elements.join(' ')];
      });
      if (reads.length > 0) io.out(`It reads\n${printTable(['tensor', 'type', 'found', 'values', 'first elements'], reads)}`);
    });
