// Guest instructions a second of the simulator's translator and interpreter, beside qemu-riscv64: the same object files, user time of N iterations less one.
import { Machine } from '../../dist/simulator/machine.js';
import { buildKernel, compiler, hasQemu, readElf, secondsOnQemu } from '../peers/guest.mjs';

const integer = { isa: 'imc', abi: 'lp64' };
const float = { isa: 'imafdc', abi: 'lp64d' };
const integerKernels = [
  'gemm',
  'requantise',
  'lookup',
  'sha256',
  'quicksort',
  'fibonacci',
  'bytecode',
  'softmax',
  'multiply-divide',
  'copy',
  'function-pointers',
  'recursion',
];
const floatKernels = ['requantise-f32', 'requantise-f64', 'axpy'];

/** Instructions to measure over, and repetitions of which the shortest counts. */
const lengths = { translator: 8e8, interpreter: 3e7 };
const repetitions = 3;

function runHere(elf, engine) {
  const machine = Machine.load(readElf(elf), { engine });
  const { user } = process.cpuUsage();
  const outcome = machine.run();
  if (outcome.reason !== 'exit' || outcome.code !== 0) throw new Error(`${elf} ended with ${JSON.stringify(outcome)}`);
  return { seconds: (process.cpuUsage().user - user) / 1e6, instructions: machine.instructions };
}
const shortestOf = (measure) => Math.min(...Array.from({ length: repetitions }, measure));

const absentPeers = [
  [compiler === undefined, 'not measured: no compiler for RISC-V (npm install --include=optional)'],
  [!hasQemu, 'not measured: no qemu-riscv64 (apt-get install qemu-user)'],
];
const measured = new Map();

/** Millions of instructions a second: { here, qemu }. */
function rates(name, isa, engine) {
  const key = `${name} ${engine}`;
  if (measured.has(key)) return measured.get(key);
  const link = buildKernel(name, isa);
  const [once, twice] = [1, 2].map((iterations) => runHere(link(iterations, 'bare'), 'translator').instructions);
  const iterations = 1 + Math.ceil(lengths[engine] / (twice - once));
  const instructions = (iterations - 1) * (twice - once);
  const seconds = (time) => (system) => shortestOf(() => time(link(iterations, system))) - shortestOf(() => time(link(1, system)));
  const here = instructions / seconds((elf) => runHere(elf, engine).seconds)('bare') / 1e6;
  const qemu = engine === 'translator' ? instructions / seconds(secondsOnQemu)('linux') / 1e6 : undefined;
  measured.set(key, { here, qemu });
  return measured.get(key);
}

function row(name, bar, measure) {
  return {
    name: `simulator ${name}`,
    bar,
    measure() {
      const absent = absentPeers.find(([isAbsent]) => isAbsent)?.[1];
      if (absent !== undefined) return { absent };
      const { here, qemu } = measure();
      return { value: here, unit: 'MIPS', peer: 'qemu-riscv64', peerValue: qemu };
    },
  };
}
const kernelRow = (isa, bar) => (name) => row(name, bar, () => rates(name, isa, 'translator'));
const mean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

export const rows = [
  ...integerKernels.map(kernelRow(integer, '>= 0.5')),
  ...floatKernels.map(kernelRow(float, '>= 2')),
  row('geometric mean of twelve', '>= 1.1', () => {
    const all = integerKernels.map((name) => rates(name, integer, 'translator'));
    return { here: mean(all.map(({ here }) => here)), qemu: mean(all.map(({ qemu }) => qemu)) };
  }),
  row('interpreter, geometric mean of twelve', undefined, () => ({
    here: mean(integerKernels.map((name) => rates(name, integer, 'interpreter').here)),
    qemu: mean(integerKernels.map((name) => rates(name, integer, 'translator').qemu)),
  })),
];
