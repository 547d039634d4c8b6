/** What went wrong, in the four parts that a user needs. */
export interface Complaint {
  /** The file, layer or option, as the user wrote it. */
  readonly where: string;
  readonly found: string;
  readonly expected: string;
  /** An imperative: what to do now. */
  readonly remedy: string;
}

/**
 * The user's mistake, never ours: the command line prints its message alone and exits with a code other than 0.
 * Any other error is a bug of ours and keeps its stack.
 */
export class BadInput extends Error {
  readonly complaint: Complaint;

  constructor(complaint: Complaint, options?: ErrorOptions) {
    const remedy = complaint.remedy.charAt(0).toUpperCase() + complaint.remedy.slice(1);
    super(`${complaint.where}: found ${complaint.found}, expected ${complaint.expected}. ${remedy}.`, options);
    this.complaint = complaint;
  }
}

/** What a machine's memory cannot hold: the complaint says how many bytes it takes and how many there are. */
export class OutOfMemory extends BadInput {}
