import { roundHalfEven } from '../../numeric/rounding.ts';
import { crop, type Picture } from './picture.ts';
import { type FilterName, type PillowVersion, resize } from './resample.ts';

/** What makes of a picture the `side` x `side` pixels that a network takes. */
type Preprocessing = (picture: Picture, side: number, pillow?: PillowVersion) => Picture;

/** The shorter side before cropping: 256 for 224, in double as Python computes it. */
const shorterFor = (side: number): number => Math.trunc((256 / 224) * side);

/** The square at `offset` of each side of a resized picture. No more of that is computed: a strip may be a million pixels long. */
function resizedCrop(
  picture: Picture,
  [width, height]: readonly [number, number],
  offset: (dimension: number) => number,
  side: number,
  filter: FilterName,
  pillow: PillowVersion | undefined,
): Picture {
  const [left, top] = [offset(width), offset(height)];
  const inside = { left: Math.max(left, 0), top: Math.max(top, 0), width: Math.min(side, width), height: Math.min(side, height) };
  const resized = resize(picture, width, height, filter, pillow, inside);
  return crop(resized, { left: left - inside.left, top: top - inside.top, width: side, height: side });
}

/** The preprocessings by name; all round as the scripts that they are named after. */
export const preprocessings = {
  /** I-ViT's evaluation: torchvision's Resize(256, bicubic) and CenterCrop(224). */
  'eval-bicubic'(picture, side, pillow) {
    const { width, height } = picture;
    const [shorter, size] = [Math.min(width, height), shorterFor(side)];
    const longer = Math.trunc((size * Math.max(width, height)) / shorter);
    const sizes = width <= height ? ([size, longer] as const) : ([longer, size] as const);
    return resizedCrop(picture, sizes, (dimension) => roundHalfEven((dimension - side) / 2), side, 'bicubic', pillow);
  },
  /** The older flow's run of one picture: both sides times 256 / shorter, truncated, bilinear; the crop's offset rounded down. */
  'crop-bilinear'(picture, side, pillow) {
    const { width, height } = picture;
    const scale = shorterFor(side) / Math.min(width, height);
    const sizes = [Math.trunc(width * scale), Math.trunc(height * scale)] as const;
    return resizedCrop(picture, sizes, (dimension) => Math.floor((dimension - side) / 2), side, 'bilinear', pillow);
  },
  /** The older flow's validation: both sides at once, whatever the proportions. */
  'square-bilinear': (picture, side, pillow) => resize(picture, side, side, 'bilinear', pillow),
} as const satisfies Readonly<Record<string, Preprocessing>>;
export type PreprocessingName = keyof typeof preprocessings;
