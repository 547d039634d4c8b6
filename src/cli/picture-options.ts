import { type Command, Option } from '@commander-js/extra-typings';
import type { PreprocessingName } from '../formats/images/preprocess.ts';
import type { PillowVersion } from '../formats/images/resample.ts';

/** The names of formats/images/preprocess.ts, here so that --help loads none of it; a test compares them. */
export const preprocessingNames = ['eval-bicubic', 'crop-bilinear', 'square-bilinear'] as const satisfies readonly PreprocessingName[];

/** What makes of a picture what the network takes. */
export const withPictureOptions = <A extends unknown[], O extends Record<string, unknown>>(command: Command<A, O>) =>
  command
    .addOption(
      new Option('--preprocess <name>', 'how pictures get the size of the network: see docs/ivit.md')
        .choices(preprocessingNames)
        .default('eval-bicubic' as const),
    )
    .addOption(
      new Option('--pillow <version>', 'whose resizing: since 13 tall pictures are resized down before across')
        .choices(['12', '13'])
        .default('13'),
    );

export const pillowVersion = (text: string): PillowVersion => Number(text) as PillowVersion;
