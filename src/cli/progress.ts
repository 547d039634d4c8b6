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
const barWidth = 24;

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
      stream.write(`\r\x1b[2K${line(title, done, total, elapsed, detail).slice(0, (stream.columns ?? 80) - 1)}`);
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

function line(title: string, done: number, total: number | undefined, elapsed: number, detail: string): string {
  if (total === undefined) return [title, seconds(elapsed), detail].join('  ').trimEnd();
  const fraction = total === 0 ? 1 : Math.min(done / total, 1);
  const full = Math.round(fraction * barWidth);
  const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
  const left = fraction > 0 ? `${seconds((elapsed / fraction) * (1 - fraction))} left` : '';
  return [title, bar, `${done}/${total}`, left, detail].join('  ').trimEnd();
}

const seconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 1000)} s`;
