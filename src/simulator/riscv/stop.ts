/** Why an engine stopped for a debugger: before the instruction at `core.pc`, or behind one that touched a watched address. */
export type StopReason =
  | { readonly reason: 'breakpoint' }
  /** `access` is what was watched for. */
  | { readonly reason: 'watchpoint'; readonly access: 'read' | 'write' | 'either'; readonly address: number };

/** Thrown through an engine, between two instructions: pc and counters are exact. */
export class Stop extends Error {
  readonly stopped: StopReason;

  constructor(stopped: StopReason) {
    super(stopped.reason);
    this.stopped = stopped;
  }
}
