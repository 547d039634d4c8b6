/** A function on the call stack of a core, from a cycle on. */
interface Open {
  readonly name: string;
  readonly start: number;
}
interface Track {
  open: Open[];
  /** The cycle up to which the track is known. */
  end: number;
}
/** A complete event of the trace event format: microseconds. */
interface Slice {
  readonly name: string;
  readonly ph: 'X';
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
}

/** Viewers show times: a cycle is a nanosecond, as at 1 GHz. */
const microseconds = (cycles: number): number => cycles / 1000;

/**
 * Which functions ran when: samples of the call stack of each core in the order of its cycles, as slices that ui.perfetto.dev and chrome://tracing show
 * (Trace Event Format). A function that is on the stack in samples one after the other is one slice.
 */
export class Timeline {
  readonly #tracks = new Map<number, Track>();
  readonly #slices: Slice[] = [];

  /** What a core did from a cycle to another: a call stack by function names, the outermost first. */
  add(core: number, stack: readonly string[], start: number, end: number): void {
    if (end === start) return;
    const track = this.#tracks.get(core) ?? { open: [], end: start };
    this.#tracks.set(core, track);
    if (start > track.end) this.#close(core, track, 0);
    const differs = stack.findIndex((name, depth) => track.open[depth]?.name !== name);
    this.#close(core, track, differs < 0 ? stack.length : differs);
    for (const name of stack.slice(track.open.length)) track.open.push({ name, start });
    track.end = end;
  }

  /** The trace as JSON text, an event a line: the same run gives the same bytes. */
  json(program: string): string {
    for (const [core, track] of this.#tracks) this.#close(core, track, 0);
    const named = [...this.#tracks.keys()].sort((a, b) => a - b).map((core) => naming('thread_name', core, `core ${core}`));
    // Callers were closed behind what they called, and come first where both took the same time.
    const slices = this.#slices.toReversed().sort((a, b) => a.tid - b.tid || a.ts - b.ts || b.dur - a.dur);
    const lines = [naming('process_name', 0, program), ...named, ...slices].map((event) => JSON.stringify(event));
    return `{"displayTimeUnit":"ns","otherData":{"time":"1 ns is 1 cycle"},"traceEvents":[\n${lines.join(',\n')}\n]}\n`;
  }

  /** Ends the functions that are deeper than so many, the innermost first. */
  #close(core: number, track: Track, depth: number): void {
    for (const { name, start } of track.open.splice(depth).reverse())
      this.#slices.push({ name, ph: 'X', ts: microseconds(start), dur: microseconds(track.end - start), pid: 1, tid: core });
  }
}

const naming = (name: 'process_name' | 'thread_name', tid: number, text: string): object => ({
  name,
  ph: 'M',
  pid: 1,
  tid,
  args: { name: text },
});
