import { operators } from '../../src/operators/index.ts';
import { parseProgram } from '../../src/program/text.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { emitConstantFiles } from '../../src/targets/constants.ts';
import { hostEmission, named, planHost } from '../../src/targets/host/host.ts';
import { emitHeader, emitSource } from '../../src/targets/network.ts';
import type { NamedPlan } from '../../src/targets/plan.ts';
import { fileTests, onesStore } from '../filetest.ts';

const planned =
  (emit: (networks: readonly NamedPlan[]) => string) =>
  (input: string): string => {
    const program = parseProgram(input, onesStore);
    verifyProgram(program, operators);
    return `${emit(named([planHost(program)]))}\n`;
  };

fileTests('targets', {
  source: planned((networks) => emitSource(networks, hostEmission)),
  header: planned(emitHeader),
  constants: planned((networks) => emitConstantFiles(networks, 'data/constants.bin').assembly),
});
