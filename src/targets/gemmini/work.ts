import { bytesOf } from '../../numeric/tensor.ts';
import type { Site, Work } from '../kernel.ts';
import type { Portable } from '../portable.ts';
import { chooseChunk } from './chunk.ts';
import { type Contracted, preparationCycles } from './contracted.ts';
import type { GemminiMachine } from './machine.ts';
import { uniformScaling } from './scaler/uniform.ts';
import { pipeBehind, rowsOf } from './sums.ts';
import type { Tiling } from './tiling.ts';

/** A Work: plain data, like every other. */
export interface ArrayWork extends Contracted {
  readonly scratch: Work['scratch'];
  readonly tiling: Tiling;
  readonly rest: Portable;
  /** Rows of all groups. */
  readonly allRows: number;
  /** Rows that the core handles while the array computes the next ones; all of them where it waits for the array. */
  readonly chunk: number;
  /** Places in the scratch memory: of what is prepared, and of the sums of each product, two where they take turns. */
  readonly prepared: readonly number[];
  /** None where the sums are the step's result. */
  readonly sums: readonly (readonly number[])[];
  readonly cycles: number;
}

/** Places in the scratch memory begin where lines of the cache do. */
const alignment = 64;

/** The stages whose result the sums are. */
const stagesOfSums = ({ stages = 1, bias }: Contracted): number => (bias === undefined ? stages : stages + 1);

/** The ways of doing what a kernel says of its products: sums for the core, and rounded ones where the accumulator rounds as the step does. */
export function* arrayWorks(site: Site, contracted: Contracted, machine: GemminiMachine): Generator<ArrayWork> {
  yield arrayWork(site, contracted, machine);
  const scaling = contracted.products.length === 1 && !site.apart ? uniformScaling(site, stagesOfSums(contracted)) : undefined;
  if (scaling) yield arrayWork(site, { ...contracted, scaling }, machine);
}

/** Completes what a kernel says of its products by tiling, memory and price. */
export function arrayWork(site: Site, contracted: Contracted, machine: GemminiMachine): ArrayWork {
  const { columns, products, preparations, scaling } = contracted;
  const { sums: type, rest, constants: fused } = pipeBehind(site, elementsOf(site) / columns, scaling?.taken ?? stagesOfSums(contracted));
  const allRows = rowsOf(type, columns);
  const [first] = rest.segments;
  const last = placeOfSums(rest);
  const { rows: chunk, tiling, cycles } = chooseChunk(contracted, first!.parts, allRows, rest.elements * machine.cyclesPerElement, machine);

  let scratch = rest.scratch;
  const allocate = (bytes: number): number => {
    const offset = Math.ceil(scratch / alignment) * alignment;
    scratch = offset + bytes;
    return offset;
  };
  const prepared = preparations.flatMap(({ results }) => results.map(allocate));
  const turns = chunk < allRows ? 2 : 1;
  const buffers = (): number[] => Array.from({ length: turns }, () => allocate(bytesOfSum(contracted) * chunk * columns));
  const sums = products.map((_, index) => (index === products.length - 1 && last) || buffers());

  const prepare = preparationCycles(preparations, machine);
  const constants = new Map([...contracted.constants, ...fused]);
  const over = rest.over === undefined ? {} : { over: rest.over };
  return { ...contracted, ...over, constants, tiling, rest, allRows, chunk, prepared, sums, scratch, cycles: cycles + prepare };
}

/** Of one element of the products as it leaves the array. */
const bytesOfSum = ({ scaling }: Contracted): 1 | 4 => (scaling ? 1 : 4);

const elementsOf = ({ step, types, operators }: Site): number => {
  const [first] = step.stages;
  const type = operators.get(first!.operator)!.result(
    first!.attributes,
    first!.operands.map((name) => types.get(name)!),
  );
  return bytesOf(type) / 4;
};

/** Where the pipe expects its sums when it takes them as a whole: at its own place in the scratch memory, or as the step's result. */
function placeOfSums({ segments, places }: Portable): readonly number[] | undefined {
  const [first] = segments;
  if (first!.parts > 1) return undefined;
  const { value } = first!.calls[0]!.result;
  return typeof value === 'string' ? [] : [places.get(String(value))!];
}
