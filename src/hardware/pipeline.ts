/** A core that issues one instruction a cycle in program order, with its caches, as data. Cycles throughout, where nothing else is said. */
export interface PipelineDeclaration {
  readonly name: string;
  readonly source: string;
  /** By the cycle class of an instruction's row; a class that is missing is an `alu` instruction. */
  readonly classes: { readonly [cycleClass: string]: InstructionCost };
  /** What single instructions have in place of their class, by mnemonic. */
  readonly mnemonics: { readonly [mnemonic: string]: InstructionCost };
  /** CSR instructions that write occupy the core so long. */
  readonly csrWrite: number;
  readonly multiplier: MultiplierDeclaration;
  /** An instruction whose result would take the float registers' write port in a taken cycle starts again so much later. */
  readonly floatReplay: number;
  /** A load that reads what a store wrote at most `within` cycles before it issues so long after the store, by the load's bytes. */
  readonly storeToLoad: { readonly within: number; readonly cycles: { readonly [bytes: number]: number } };
  readonly predictor: PredictorDeclaration;
  /** From an exception, or an interrupt, to the first instruction of its handler. */
  readonly trap: number;
  readonly caches: CachesDeclaration;
}

/** What an instruction takes. Latencies count from its issue to the issue of an instruction that uses the result. */
export interface InstructionCost {
  readonly latency: number;
  /** A load of a byte or a half word. */
  readonly narrow?: number;
  /** The operation works on doubles. */
  readonly double?: number;
  /** A float instruction whose result is an integer. */
  readonly toInteger?: number;
  /** Until the next instruction can issue: 1, where absent. */
  readonly occupies?: number;
  /** The latency is the least one: operands add to it, and the unit takes the next instruction after that. */
  readonly multiplier?: 'multiply' | 'divide';
  /** A unit that takes the next instruction only when this one is done. */
  readonly unit?: string;
  /** When the result takes the float registers' write port, after the issue; for doubles; absent where the class has no result there. */
  readonly port?: readonly [single: number, double: number];
}

/** One unit for products and quotients. Its result waits for a cycle in which no other result is written. */
export interface MultiplierDeclaration {
  /** From an instruction's issue to the cycle in which its result is written. */
  readonly writeBack: number;
  /** Significant bits of the first factor that a cycle takes, and the most that the operand can add, for 64 and for 32 bits. */
  readonly bits: number;
  readonly most: { readonly 64: number; readonly 32: number };
  /** To negate the operands of a division, where one of them is negative, and again to negate the result. */
  readonly negative: number;
}

export interface PredictorDeclaration {
  /** One bit a branch, by its address: entries, a power of two. */
  readonly histories: number;
  /** Branch targets, by address with a tag: a power of two, not more than `histories`. */
  readonly targets: number;
  readonly returns: number;
  readonly mispredicted: number;
  /** A predicted change of control whose target is not in the table, by its kind. */
  readonly missedBranch: number;
  readonly missedJump: number;
  readonly missedCall: number;
  readonly missedReturn: number;
  /** What a call and a return take more than a jump. */
  readonly call: number;
  readonly return: number;
  /** A taken branch to an instruction of 4 bytes at an address that is no multiple of 4. */
  readonly straddlingTarget: number;
}

export interface CacheDeclaration {
  readonly sets: number;
  readonly ways: number;
}
export interface CachesDeclaration {
  readonly lineBytes: number;
  readonly instructions: CacheDeclaration;
  readonly data: CacheDeclaration;
  /** What it loses, the data cache loses. */
  readonly shared: CacheDeclaration;
  /** Misses that hit the shared cache. */
  readonly fetchMiss: number;
  readonly dataMiss: number;
  /** More, where a dirty line has to make room: in the data cache, and in the shared one for a store. */
  readonly dirtyVictim: number;
  readonly dirtySharedVictim: number;
  /** More, where the shared cache misses; the memory's latency comes on top. */
  readonly sharedMiss: number;
  readonly memoryLatency: number;
  /** Accesses that go around the caches: other memories and devices. */
  readonly uncachedRead: number;
  readonly uncachedWrite: number;
  /** fence.i. */
  readonly refetch: number;
}
