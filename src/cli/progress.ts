/**
 * How far long work is: a bar on a terminal, a plain line every few seconds elsewhere, both with the
 * time that is left. Written to standard error.
 */
import { MultiBar, Presets, type SingleBar } from "cli-progress";

export const progressDefaults = {
  /** Between plain lines: often enough to see life, rare enough for a log file. */
  lineEveryMs: 5000,
} as const;

export interface Progress {
  /** @param total 0 when it is not known how much there is */
  update(label: string, done: number, total: number): void;
  /** A line above the bar. */
  note(line: string): void;
  stop(): void;
}

export function createProgress(stream: NodeJS.WriteStream, now: () => number = Date.now): Progress {
  return stream.isTTY ? createBar(stream) : createLines(stream, now);
}

function createBar(stream: NodeJS.WriteStream): Progress {
  const bars = new MultiBar(
    {
      stream,
      hideCursor: true,
      clearOnComplete: true,
      format: "{label} {bar} {value}/{total} · {eta_formatted} left",
      etaBuffer: 200,
    },
    Presets.rect,
  );
  let bar: SingleBar | undefined;
  let current = "";
  return {
    update(label, done, total) {
      if (bar === undefined || label !== current) {
        if (bar) bars.remove(bar);
        bar = bars.create(Math.max(total, 1), done, { label });
        current = label;
      }
      bar.setTotal(Math.max(total, 1));
      bar.update(done, { label });
    },
    note(line) {
      if (bar) bars.log(`${line}\n`);
      else stream.write(`${line}\n`);
    },
    stop() {
      // A second stop would clear what was written since.
      if (bar) bars.stop();
      bar = undefined;
    },
  };
}

function createLines(stream: NodeJS.WriteStream, now: () => number): Progress {
  let current = "";
  let startedMs = 0;
  let startedAt = 0;
  let lastMs = 0;
  return {
    update(label, done, total) {
      const ms = now();
      if (label !== current) {
        current = label;
        startedMs = ms;
        startedAt = done;
        lastMs = ms;
        return;
      }
      if (ms - lastMs < progressDefaults.lineEveryMs) return;
      lastMs = ms;
      const left =
        total > done && done > startedAt
          ? `, ${formatLeft(((ms - startedMs) / (done - startedAt)) * (total - done))} left`
          : "";
      const of = total > 0 ? ` of ${total.toLocaleString("en-US")}` : "";
      stream.write(`${label}: ${done.toLocaleString("en-US")}${of}${left}\n`);
    },
    note(line) {
      stream.write(`${line}\n`);
    },
    stop() {},
  };
}

export function formatLeft(ms: number): string {
  const s = Math.max(1, Math.round(ms / 1000));
  if (s < 90) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  return `${(s / 3600).toFixed(1)} h`;
}
