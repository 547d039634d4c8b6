import type { Assembly } from './machines/assemble.ts';
import { Translator } from './wasm/translator/translator.ts';

/** What executes the instructions of a core. The engines stop at the same instructions and differ in nothing that a program can see. */
export interface Engine {
  /** Runs until the first yield point at or after `core.deadline`, or until the core waits for an interrupt. */
  run(): void;
}

/** The engines by name: `auto` is the fastest one. */
export const engines = {
  auto: ({ memory, interpreter, profile }: Assembly): Engine => new Translator({ memory, interpreter, decoder: profile.decoder }),
  interpreter: ({ interpreter }: Assembly): Engine => interpreter,
  translator: ({ memory, interpreter, profile }: Assembly): Engine => new Translator({ memory, interpreter, decoder: profile.decoder }),
} as const;
export type EngineName = keyof typeof engines;
