/**
 * Messages for the person who runs the program: one line each, with a level and key=value pairs.
 * Where they go is an argument, so that standard output stays free for results.
 */

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values print as JSON where they hold spaces or quotes. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/**
 * @param write takes one line without its end
 * @param lowest messages below this level are dropped
 */
export function createLog(write: (line: string) => void, lowest: LogLevel = "info"): Log {
  const rank = LOG_LEVELS.indexOf(lowest);
  const at = (level: LogLevel) =>
    LOG_LEVELS.indexOf(level) < rank
      ? () => {}
      : (message: string, fields: LogFields = {}) => write(formatLine(level, message, fields));
  return Object.freeze({
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  });
}

/** A log that says nothing. */
export const silentLog: Log = createLog(() => {}, "error");

function formatLine(level: LogLevel, message: string, fields: LogFields): string {
  // Information is the normal voice and needs no label.
  const parts = level === "info" ? [message] : [`${level}: ${message}`];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    parts.push(`${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`);
  }
  return parts.join(" ");
}
