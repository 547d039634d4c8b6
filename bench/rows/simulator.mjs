// Guest instructions a second of the simulator beside qemu-riscv64 and Spike: the same object files, user time of N iterations less one.
import { buildKernel, compiler, here, qemu, spike } from '../peers/guest.mjs';

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
const isaOf = (kernel) => (floatKernels.includes(kernel) ? float : integer);

const translator = here('translator', { engine: 'translator' }, 8e8);
const rocket = here('rocket', { engine: 'translator', cycleModel: 'rocket' }, 8e8);
const interpreter = here('interpreter', { engine: 'interpreter' }, 3e7);

const repetitions = 3;
const built = new Map();
const measured = new Map();

/** A kernel's links, and how many instructions an iteration has. */
function kernelOf(name) {
  if (!built.has(name)) {
    const link = buildKernel(name, isaOf(name));
    const [once, twice] = [1, 2].map((iterations) => translator.run(link(iterations, 'bare')).instructions);
    built.set(name, { link, perIteration: twice - once });
  }
  return built.get(name);
}

const peers = [qemu, spike];

/** Millions of instructions a second of one of our runners and of the peers that are there; they take turns, so that a busy moment hits all alike. */
function rates(kernel, ours) {
  const key = `${kernel} ${ours.name}`;
  if (measured.has(key)) return measured.get(key);
  const { link, perIteration } = kernelOf(kernel);
  const works = [ours, ...peers.filter(({ absent }) => absent === undefined)].map(({ name, run, system, length }) => {
    const more = Math.ceil(length / perIteration);
    return { name, run, more, long: link(1 + more, system), short: link(1, system), best: { long: Infinity, short: Infinity } };
  });
  for (let round = 0; round < repetitions; round++) {
    for (const { run, long, short, best } of works) {
      best.long = Math.min(best.long, run(long).seconds);
      best.short = Math.min(best.short, run(short).seconds);
    }
  }
  const rate = ({ more, best }) => (more * perIteration) / (best.long - best.short) / 1e6;
  measured.set(key, new Map(works.map((work) => [work.name, rate(work)])));
  return measured.get(key);
}

const mean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** A row that sets one of our runners beside a peer, by the geometric mean of some kernels. */
function row(name, kernels, ours, peer, bar) {
  return {
    name: `simulator ${name}${ours === translator ? '' : `, ${ours.name}`}`,
    bar,
    measure() {
      const absent = compiler === undefined ? 'not measured: no compiler for RISC-V (npm install --include=optional)' : peer.absent;
      if (absent !== undefined) return { absent };
      const rateOf = (runner) => mean(kernels.map((kernel) => rates(kernel, ours).get(runner.name)));
      return { value: rateOf(ours), unit: 'MIPS', peer: peer.name, peerValue: rateOf(peer) };
    },
  };
}

/** A runner beside both peers: kernel by kernel and by their mean. */
const rowsOf = (ours, bars) => [
  ...integerKernels.flatMap((kernel) => [row(kernel, [kernel], ours, qemu, bars.kernel), row(kernel, [kernel], ours, spike)]),
  ...floatKernels.flatMap((kernel) => [row(kernel, [kernel], ours, qemu, bars.float), row(kernel, [kernel], ours, spike)]),
  row('geometric mean of twelve', integerKernels, ours, qemu, bars.qemu),
  row('geometric mean of twelve', integerKernels, ours, spike, bars.spike),
];

export const rows = [
  ...rowsOf(translator, { kernel: '>= 0.5', float: '>= 2', qemu: '>= 1.1', spike: '>= 8' }),
  ...rowsOf(rocket, { qemu: '>= 0.3', spike: '>= 2.5' }),
  ...rowsOf(interpreter, {}),
];
