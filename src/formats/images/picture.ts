/** A picture as Pillow's mode RGB has it: red, green and blue of each pixel in row-major order, 8 bits each. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A rectangle of pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The pixels of a box; what lies outside the picture is black, as in Pillow's crop. */
export function crop(picture: Picture, { left, top, width, height }: Box): Picture {
  const { width: across, height: down, data } = picture;
  if (left === 0 && top === 0 && width === across && height === down) return picture;
  const result = new Uint8Array(3 * width * height);
  const [first, end] = [Math.max(left, 0), Math.min(left + width, across)];
  for (let y = Math.max(top, 0); y < Math.min(top + height, down) && first < end; y++) {
    result.set(data.subarray(3 * (y * across + first), 3 * (y * across + end)), 3 * ((y - top) * width + first - left));
  }
  return { width, height, data: result };
}
