import { roundHalfEven } from '../../numeric/rounding.ts';
import { crop, type Picture } from './picture.ts';
import { type PillowVersion, resize } from './resample.ts';

/** What makes of a picture the `side` x `side` pixels that a network takes. */
type Preprocessing = (picture: Picture, side: number, pillow?: PillowVersion) => Picture;

/** The shorter side before cropping: 256 for 224, in double as Python computes it. */
const shorterFor = (side: number): number => Math.trunc((256 / 224) * side);

/** The preprocessings by name; all round as the scripts that they are named after. */
export const preprocessings = {
  /** I-ViT's evaluation: torchvision's Resize(256, bicubic) and CenterCrop(224). */
  'eval-bicubic'(picture, side, pillow) {
    const { width, height } = picture;
    const [shorter, size] = [Math.min(width, height), shorterFor(side)];
    const longer = Math.trunc((size * Math.max(width, height)) / shorter);
    const [across, down] = width <= height ? [size, longer] : [longer, size];
    const offset = (dimension: number): number => roundHalfEven((dimension - side) / 2);
    return crop(resize(picture, across, down, 'bicubic', pillow), offset(across), offset(down), side, side);
  },
  /** The older flow's run of one picture: both sides times 256 / shorter, truncated, bilinear; the crop's offset rounded down. */
  'crop-bilinear'(picture, side, pillow) {
    const { width, height } = picture;
    const scale = shorterFor(side) / Math.min(width, height);
    const [across, down] = [Math.trunc(width * scale), Math.trunc(height * scale)];
    const offset = (dimension: number): number => Math.floor((dimension - side) / 2);
    return crop(resize(picture, across, down, 'bilinear', pillow), offset(across), offset(down), side, side);
  },
  /** The older flow's validation: both sides at once, whatever the proportions. */
  'square-bilinear': (picture, side, pillow) => resize(picture, side, side, 'bilinear', pillow),
} as const satisfies Readonly<Record<string, Preprocessing>>;
export type PreprocessingName = keyof typeof preprocessings;
