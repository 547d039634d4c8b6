import type { Assembly } from './machines/assemble.ts';
import type { Hart } from './machines/hart.ts';
import { Translator } from './wasm/translator/translator.ts';

/** What executes the instructions of a core. The engines stop at the same instructions and differ in nothing that a program can see. */
export interface Engine {
  /** Runs until the first yield point at or after `core.deadline`, or until the core waits for an interrupt. */
  run(): void;
}

const translator = ({ memory, harts }: Assembly, { interpreter, profile, index }: Hart): Engine =>
  new Translator({ memory, interpreter, decoder: profile.decoder, place: { index, cores: harts.length } });

/** The engines of one core of a machine, by name: `auto` is the fastest one. */
export const engines = {
  auto: translator,
  interpreter: (_: Assembly, { interpreter }: Hart): Engine => interpreter,
  translator,
} as const;
export type EngineName = keyof typeof engines;
