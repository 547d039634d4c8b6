/** Thrown by an access to a device inside a block: the counters, which devices go by, are those of the block's start. The access is made again, alone. */
export const inexact = new Error('a device was accessed inside a block');
