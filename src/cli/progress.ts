/** A piece of work that the user waits for. */
export interface Progress {
  /** `done` of the total are finished; `detail` says at what it works now. */
  update(done: number, detail?: string): void;
  /** Says something that stays, above the bar. */
  line(text: string): void;
  /** Leaves the terminal as it was. Must be called, on failure too. */
  end(): void;
}

/** The part of a stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const patience = { terminal: 300, file: 2000 };
const redraw = 100;
const widest = 24;
const narrowest = 8;

/**
 * On a terminal a bar (or a clock, without a total) that appears after 0.3 s and vanishes at the end; elsewhere one line with the title
 * after 2 s. Quick work shows nothing. `now` is in milliseconds.
 */
export function startProgress(title: string, total: number | undefined, stream: ProgressStream, now: () => number = Date.now): Progress {
  const started = now();
  let drawn = -Infinity;
  let [done, detail] = [0, ''];

  const draw = (): void => {
    const elapsed = now() - started;
    if (elapsed < (stream.isTTY ? patience.terminal : patience.file)) return;
    if (!stream.isTTY) {
      if (drawn < 0) stream.write(`${title} ...\n`);
      drawn = elapsed;
    } else if (elapsed - drawn >= redraw) {
      drawn = elapsed;
      stream.write(`\r\x1b[2K${line(title, done, total, elapsed, detail, (stream.columns || 80) - 1)}`);
    }
  };
  const timer = setInterval(draw, redraw);
  timer.unref();

  return {
    update(newDone, newDetail = '') {
      done = newDone;
      detail = newDetail;
      draw();
    },
    line(text) {
      if (stream.isTTY && drawn >= 0) stream.write('\r\x1b[2K');
      stream.write(`${text}\n`);
      if (stream.isTTY) drawn = -Infinity;
      draw();
    },
    end() {
      clearInterval(timer);
      if (stream.isTTY && drawn >= 0) stream.write('\r\x1b[2K');
    },
  };
}

/** In at most `room` characters: where all does not fit, the bar shrinks and goes, and the title is cut, for numbers are what is looked at. */
function line(title: string, done: number, total: number | undefined, elapsed: number, detail: string, room: number): string {
  if (total === undefined) return [title, seconds(elapsed), detail].join('  ').trimEnd().slice(0, room);
  const fraction = total === 0 ? 1 : Math.min(done / total, 1);
  const left = fraction > 0 ? `${seconds((elapsed / fraction) * (1 - fraction))} left` : '';
  const numbers = [`${done}/${total}`, left, detail].join('  ').trimEnd();
  const width = Math.min(widest, room - [title, '', numbers].join('  ').length);
  if (width >= narrowest) return [title, barOf(fraction, width), numbers].join('  ');
  const space = Math.max(room - numbers.length - 2, 0);
  return [title.length > space ? `${title.slice(0, Math.max(space - 1, 0))}…` : title, numbers].join('  ').slice(0, room);
}

function barOf(fraction: number, width: number): string {
  const full = Math.round(fraction * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

const seconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 1000)} s`;
