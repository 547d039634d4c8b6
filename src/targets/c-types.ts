import type { Dtype } from '../numeric/tensor.ts';

/** The C type of one element. */
export const cTypes: Readonly<Record<Dtype, string>> = {
  i8: 'int8_t',
  u8: 'uint8_t',
  i16: 'int16_t',
  u16: 'uint16_t',
  i32: 'int32_t',
  u32: 'uint32_t',
  i64: 'int64_t',
  f32: 'float',
  f64: 'double',
};

/** The enum bw_type of a dtype that a bw_view can have. */
export const viewType = (dtype: Dtype): string => `BW_${dtype.toUpperCase()}`;
