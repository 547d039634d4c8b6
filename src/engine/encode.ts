import type { Dtype, TensorType } from '../numeric/tensor.ts';
import type { EngineArgument } from './kernels/kernel.ts';
import type { Layout } from './memory.ts';

/** enum bw_type of kernels/tensors.h. */
const viewTypes: readonly Dtype[] = ['i8', 'u8', 'i16', 'u16', 'i32'];

/** The numbers that a C function of the module is called with; structs and views are written into memory once. */
export function encode(
  call: readonly EngineArgument[],
  operands: readonly TensorType[],
  addressOf: { operand(index: number): number; readonly result: number; readonly scratch: number },
  memory: Layout,
): number[] {
  return call.map((argument) => {
    if ('operand' in argument) return addressOf.operand(argument.operand);
    if ('result' in argument) return addressOf.result;
    if ('int' in argument) return argument.int;
    if ('float' in argument) return argument.float;
    if ('packed' in argument) return memory.hold(argument.packed);
    if ('scratch' in argument) return addressOf.scratch;
    if ('struct' in argument) return memory.hold(Int32Array.from(Object.values(argument.fields).flat()));
    return memory.hold(
      Int32Array.from(argument.views.flatMap((index) => [addressOf.operand(index), viewTypes.indexOf(operands[index]!.dtype)])),
    );
  });
}
