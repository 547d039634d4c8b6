import type { Attributes } from '../numeric/attributes.ts';
import type { Known, Operator } from './operator.ts';

/** What is known of a call's result; a RangeError says what does not fit, or can overflow. */
export function knownOf(operator: Operator, attributes: Attributes, operands: readonly Known[]): Known {
  const type = operator.result(
    attributes,
    operands.map((operand) => operand.type),
  );
  const rowSum = operator.rowSum?.(attributes, operands);
  const origin = operator.origin?.(attributes, operands);
  const range = operator.range(attributes, operands);
  return { type, range, ...(rowSum !== undefined && { rowSum }), ...(origin && { origin }) };
}
