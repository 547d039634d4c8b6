import type { Assembly } from './machines/assemble.ts';
import type { Hart } from './machines/hart.ts';
import type { KeptCode } from './translations.ts';
import { Translator } from './wasm/translator/translator.ts';
import type { Strategy } from './wasm/translator/units.ts';

/** What executes the instructions of a core. The engines stop at the same instructions and differ in nothing that a program can see. */
export interface Engine {
  /** Runs until the first yield point at or after `core.deadline`, or until the core waits for an interrupt. */
  run(): void;
  /** Leaves to later runs of the program what this one has found out about it. */
  keep?(): void;
}
type MakeEngine = (assembly: Assembly, hart: Hart, program: ProgramFacts) => Engine;

/** What helps an engine besides what is in memory. */
export interface ProgramFacts {
  /** What earlier runs left. */
  readonly kept: KeptCode | undefined;
  /** The start of the function that an address is in, where symbols tell. */
  functionOf(pc: number): number | undefined;
}

const translator =
  (strategy?: Strategy, warm?: number): MakeEngine =>
  ({ memory, harts }, { interpreter, profile, index, emitted }, program) =>
    new Translator({
      memory,
      interpreter,
      decoder: profile.decoder,
      timing: emitted,
      strategy: strategy ?? (harts.length > 1 ? 'block' : 'structured'),
      warm,
      place: { index, cores: harts.length },
      ...program,
    });

/** Instructions of a program that runs for the time of a blink: it would end later if it were translated. */
const patience = 1 << 21;
/** Times that a place is interpreted before it is worth its translation. */
const warm = 1000;
/** What a cycle model makes the interpreter slower by: code that it has not met costs it a third of what its translation would. */
const slower = 80;

/** The interpreter first; the translator for those who stay, and at once where an earlier run has stayed. */
const patient: MakeEngine = (assembly, hart, program) => {
  const { interpreter, emitted } = hart;
  const [limit, visits] = emitted === undefined ? [patience, warm] : [patience / slower, warm / slower];
  const make = (): Engine => translator(undefined, visits)(assembly, hart, program);
  let fast = program.kept?.find() && make();
  return {
    run(): void {
      const { core } = interpreter;
      const left = limit / assembly.harts.length - core.instret;
      if (left <= 0) fast ??= make();
      else if (fast === undefined) core.deadline = Math.min(core.deadline, core.cycle + Math.ceil(left));
      (fast ?? interpreter).run();
    },
    keep: () => fast?.keep?.(),
  };
};

/**
 * The engines of one core of a machine, by name. `structured` and `block` are the translator with one way of dividing code into functions; `auto` and
 * `translator` take `block` where cores interleave in small slices, and `auto` translates only what runs often in a program that runs long.
 */
export const engines = {
  auto: patient,
  interpreter: (_, { interpreter }) => interpreter,
  translator: translator(),
  structured: translator('structured'),
  block: translator('block'),
} as const satisfies { readonly [name: string]: MakeEngine };
export type EngineName = keyof typeof engines;
