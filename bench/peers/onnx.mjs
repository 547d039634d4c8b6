// As much of ONNX's protobuf as a model of a few nodes needs (onnx.proto3, field numbers in brackets below).

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const integer = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, value) => {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
};
const message = (field, parts) => bytes(field, Buffer.concat(parts));

const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 };

/** TensorProto: dims [1], data_type [2], name [8], raw_data [9]. */
const tensor = (field, name, dtype, shape, data) =>
  message(field, [
    ...shape.map((size) => integer(1, size)),
    integer(2, elementTypes[dtype]),
    bytes(8, name),
    bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ]);

/** ValueInfoProto: name [1], type [2] > tensor_type [1] > elem_type [1], shape [2] > dim [1] > dim_value [1]. */
const valueInfo = (field, { name, dtype, shape }) =>
  message(field, [
    bytes(1, name),
    message(2, [
      message(1, [
        integer(1, elementTypes[dtype]),
        message(
          2,
          shape.map((size) => message(1, [integer(1, size)])),
        ),
      ]),
    ]),
  ]);

/** AttributeProto: name [1], i [3], ints [8], type [20], which is 2 for an integer and 7 for several. */
const attribute = (name, value) =>
  message(5, [
    bytes(1, name),
    ...(Array.isArray(value) ? [...value.map((each) => integer(8, each)), integer(20, 7)] : [integer(3, value), integer(20, 2)]),
  ]);

/** NodeProto: input [1], output [2], op_type [4], attribute [5], domain [7]. */
const node = ({ operator, inputs, outputs, attributes = {}, domain = '' }) =>
  message(1, [
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, operator),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    bytes(7, domain),
  ]);

/** ModelProto: ir_version [1], graph [7] > node [1], name [2], initializer [5], input [11], output [12]; opset_import [8] > domain [1], version [2]. */
export const onnxModel = ({ nodes, constants, inputs, outputs }) =>
  Buffer.concat([
    integer(1, 8),
    message(7, [
      ...nodes.map(node),
      bytes(2, 'bench'),
      ...constants.map(({ name, dtype, shape, data }) => tensor(5, name, dtype, shape, data)),
      ...inputs.map((value) => valueInfo(11, value)),
      ...outputs.map((value) => valueInfo(12, value)),
    ]),
    message(8, [bytes(1, ''), integer(2, 17)]),
    message(8, [bytes(1, 'com.microsoft'), integer(2, 1)]),
  ]);
