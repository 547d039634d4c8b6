/** A picture as Pillow's mode RGB has it: red, green and blue of each pixel in row-major order, 8 bits each. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The rectangle of `width` x `height` pixels at (left, top); what lies outside the picture is black, as in Pillow's crop. */
export function crop({ width: across, height: down, data }: Picture, left: number, top: number, width: number, height: number): Picture {
  const result = new Uint8Array(3 * width * height);
  const [first, end] = [Math.max(left, 0), Math.min(left + width, across)];
  for (let y = Math.max(top, 0); y < Math.min(top + height, down) && first < end; y++) {
    result.set(data.subarray(3 * (y * across + first), 3 * (y * across + end)), 3 * ((y - top) * width + first - left));
  }
  return { width, height, data: result };
}
