import type { Predecoded } from './predecode.ts';

/** A cycle model, as the interpreter asks it for each instruction. Without one, an instruction takes one cycle. */
export interface InstructionTiming {
  /** Nothing of what ran before is in the pipeline: translated code may begin here. */
  readonly between: boolean;
  /** Counts what voids translated code: the model has to do something there that it did not. */
  readonly version?: number;
  /** Cycles of an instruction that runs next, before it does: its operands are still in their registers. */
  issue(record: Predecoded): number;
  /** Cycles more, after it ran: `core.target` is where it goes. */
  retire(record: Predecoded): number;
  /** An exception or an interrupt. */
  trap(): number;
  /** Translated code was left at `core.pc`. */
  resume(): void;
  /** Code may have changed. */
  flush(): void;
}
