import { BadInput } from '../errors.ts';
import type { Built, Target } from '../targets/target.ts';

/** Builds in a folder that goes away, where a build.log helps nobody: `remedy` says how to get one. */
export async function buildInPassing(target: Target, folder: string, cc: string | undefined, remedy: string): Promise<Built> {
  try {
    return await target.build(folder, cc);
  } catch (error) {
    if (!(error instanceof BadInput) || !error.complaint.remedy.includes(folder)) throw error;
    throw new BadInput({ ...error.complaint, remedy }, { cause: error });
  }
}
