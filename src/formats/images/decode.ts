import { BadInput } from '../../errors.ts';
import type { Picture } from './picture.ts';

type Sharp = typeof import('sharp')['default'];

/** How the files begin that are decoded. */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  JPEG: (text) => text.startsWith('\xff\xd8\xff'),
  PNG: (text) => text.startsWith('\x89PNG\r\n\x1a\n'),
  WebP: (text) => text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP',
};

/** Endings of the names of such files, in small letters. */
export const pictureEndings = ['.jpg', '.jpeg', '.png', '.webp'];

let loaded: Promise<Sharp> | undefined;

/** Reads the package when the first picture is decoded: nothing else needs it, and a machine may not have it. */
const loadSharp = (): Promise<Sharp> =>
  (loaded ??= import('sharp').then(
    ({ default: sharp }) => {
      sharp.cache(false);
      sharp.concurrency(1); // pictures are decoded side by side
      return sharp;
    },
    (error: unknown) => {
      throw new BadInput(
        {
          where: 'the npm package sharp, which decodes pictures',
          found: `that it cannot be loaded (${String((error as Error).message).split('\n')[0]})`,
          expected: 'one for this machine',
          remedy: 'run npm install --include=optional sharp, or give normalised pictures as .npy with bitwright infer --input',
        },
        { cause: error },
      );
    },
  ));

const clip = (value: number): number => Math.min(Math.max(value, 0), 255);

/** x / 255, rounded: Pillow's MULDIV255. */
const over255 = (x: number): number => {
  const t = x + 128;
  return ((t >> 8) + t) >> 8;
};

/** Pillow's cmyk2rgb: (255 - k) less its share c of ink. */
function rgbOfCmyk(inks: Uint8Array): Uint8Array {
  const result = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, at = 0; from < inks.length; from += 4) {
    const light = 255 - inks[from + 3]!;
    for (let c = 0; c < 3; c++) result[at++] = clip(light - over255(inks[from + c]! * light));
  }
  return result;
}

/** The colour type in a PNG's header; a transparent colour (tRNS) leaves it 0. Pillow reads such a picture of 16 bits as RGBA of 8. */
const isGreyWithAlpha = (png: Uint8Array): boolean => png[25] === 4;

/** Pillow limits grey of 16 bits to 255 where another would divide it by 257. */
function rgbOfGrey16(bytes: Uint8Array, channels: number): Uint8Array {
  const grey = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const result = new Uint8Array((grey.length / channels) * 3);
  for (let at = 0; at < result.length; at++) result[at] = clip(grey[Math.floor(at / 3) * channels]!);
  return result;
}

/**
 * Decodes a JPEG, PNG or WebP (its first frame) to the bytes of Pillow's Image.open(file).convert('RGB'): alpha is dropped, EXIF rotation and
 * ICC profile are ignored. `where` names the file in messages.
 */
export async function decodePicture(bytes: Uint8Array, where: string): Promise<Picture> {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  const refuse = (found: string, cause?: unknown): never => {
    throw new BadInput({ where, found, expected: Object.keys(formats).join(', '), remedy: 'convert it to PNG' }, { cause });
  };
  if (!Object.values(formats).some((recognise) => recognise(start)))
    refuse(bytes.length === 0 ? 'an empty file' : 'no picture of these formats');
  const sharp = await loadSharp();
  const open = () => sharp(bytes, { ignoreIcc: true, failOn: 'truncated' });
  const raw = (image: ReturnType<Sharp>) => image.toBuffer({ resolveWithObject: true });
  try {
    const { space } = await open().metadata();
    if (space === 'cmyk') {
      const { data, info } = await raw(open().pipelineColourspace('cmyk').toColourspace('cmyk').raw());
      return { width: info.width, height: info.height, data: rgbOfCmyk(data) };
    }
    if (space === 'grey16' && !isGreyWithAlpha(bytes)) {
      const { data, info } = await raw(open().toColourspace('grey16').raw({ depth: 'ushort' }));
      return { width: info.width, height: info.height, data: rgbOfGrey16(data, info.channels) };
    }
    const { data, info } = await raw(open().removeAlpha().raw());
    return { width: info.width, height: info.height, data };
  } catch (error) {
    return refuse('a picture that cannot be decoded: it is broken, cut off or too large', error); // libvips mixes up the words of its threads
  }
}
