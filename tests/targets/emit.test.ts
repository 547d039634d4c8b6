import { operators } from '../../src/operators/index.ts';
import { parseProgram } from '../../src/program/text.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { emitConstantFiles } from '../../src/targets/constants.ts';
import { hostEmission, named, planHost, replayHost } from '../../src/targets/host/host.ts';
import { emitHeader, emitSource } from '../../src/targets/network.ts';
import type { NamedPlan } from '../../src/targets/plan.ts';
import { fileTests, onesStore } from '../filetest.ts';
import { addedTo } from './added.ts';

const planned =
  (emit: (networks: readonly NamedPlan[]) => string) =>
  (input: string): string => {
    const program = parseProgram(input, onesStore);
    verifyProgram(program, operators);
    return `${emit(named([planHost(program)]))}\n`;
  };

/** What a replay build adds to the firmware, each stretch of lines below the line behind which it stands. */
function replayed(input: string): string {
  const program = parseProgram(input, onesStore);
  verifyProgram(program, operators);
  const plan = planHost(program);
  const [less, more] = [plan, replayHost(plan)].map((each) => emitSource(named([each]), hostEmission)) as [string, string];
  const added = addedTo(less, more);
  const lines = more.split('\n');
  const own = less.split('\n');
  let [next, inside] = [0, false];
  const shown = lines.flatMap((line) => {
    if (line === own[next]) {
      next++;
      inside = false;
      return [];
    }
    const before = inside || next === 0 ? [] : [`  ${own[next - 1]}`];
    inside = true;
    return [...before, line === '' ? '+' : `+ ${line}`];
  });
  return `${added.length} lines added, ${own.length} as they are\n${shown.join('\n')}\n`;
}

fileTests('targets', {
  source: planned((networks) => emitSource(networks, hostEmission)),
  replay: replayed,
  header: planned(emitHeader),
  constants: planned((networks) => emitConstantFiles(networks, 'data/constants.bin').assembly),
});
