/**
 * Writes the lines of this module to the console, for applications that do not configure LogTape themselves.
 *
 * It touches the loggers of our own category and nothing else. A configuration of the whole of LogTape would end the
 * application's: it can be given only once, and giving another closes the sinks of the first.
 *
 * @module
 */

import {
  getConsoleSink,
  getLogger,
  getLoggers,
  getTextFormatter,
  inspectLogger,
  type Logger,
  type LogLevel as LogTapeLevel,
  type LogRecord,
  type Sink,
} from "@logtape/logtape";
import { readDebug } from "./debug_variable.ts";

/** How much is written: lines of this level and of those behind it in this list, or none at all. */
export type LogLevel = "debug" | "info" | "warning" | "error" | "fatal" | "off";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error", "fatal", "off"];

/** The category under which all others of ours lie. Kept, as LogTape forgets a logger, with its level, that nobody has. */
const ROOT: Logger = getLogger("switchboard");

/** The categories below it, by which `DEBUG` may choose. */
const PARTS = ["server", "access"];

/** On the sinks that are ours. */
const OURS: unique symbol = Symbol.for("switchboard.console");

/** The fields of LogTape's loggers that its configuration writes. They are not among those that it documents. */
interface TunableLogger extends Logger {
  sinks: Sink[];
  lowestLevel: LogTapeLevel | null;
  parentSinks: "inherit" | "override" | "forward";
}

/**
 * Sets how much this module writes, from now on and for all servers.
 *
 * Where the application has not configured LogTape, lines go to the console: time, level, category and text, each on a
 * line of its own. Where it has, with a sink for `switchboard` or for everything, lines go where they went, and only the
 * level of `switchboard` changes. An application that configures LogTape later has its own way with this category too.
 *
 * @param level The lowest level that is written; `"off"` for nothing.
 * @throws {TypeError} If there is no such level.
 * @throws {Error} If LogTape does not let its loggers be changed in this way; set the level in its configuration then.
 *
 * @example Lines for a moment
 * ```ts
 * import { setLogLevel, WebSocketServer } from "@switchboard/websocket";
 *
 * setLogLevel("info");
 * const server = new WebSocketServer();
 * // Writes: 2030-01-01T00:00:00.000Z INFO switchboard.server request from  refused with 426: …
 * server.handleUpgrade(new Request("http://localhost/ws", { headers: { upgrade: "websocket" } }));
 * setLogLevel("off");
 * ```
 */
export function setLogLevel(level: LogLevel): void {
  if (!LEVELS.includes(level)) {
    throw new TypeError(
      `Cannot set the log level as it must be one of ${LEVELS.map((each) => `"${each}"`).join(", ")}: ` +
        `current value is ${typeof level === "string" ? `"${String(level).slice(0, 100)}"` : typeof level}`,
    );
  }
  write(level, () => true);
}

/**
 * Does what a value of the variable `DEBUG` asks for: `websocket:*` writes all lines of this module from level debug on,
 * `websocket:server` those of one category, `-websocket:access` leaves one out. `switchboard:…` does as well.
 *
 * @returns Whether anything of ours was asked for. Never throws: a variable must not keep a server from starting.
 */
export function applyDebugVariable(value: string | undefined): boolean {
  if (value === undefined || value === "") return false;
  const isWanted = readDebug(value);
  const shows = (category: readonly string[]): boolean => {
    const rest = category.slice(1).map((part) => `:${part}`).join("");
    return isWanted(`websocket${rest}`, `switchboard${rest}`);
  };
  if (!PARTS.some((part) => shows(["switchboard", part]))) return false;
  try {
    write("debug", shows);
    return true;
  } catch {
    return false;
  }
}

/** Sets the level of every logger of ours, and sees that their lines go somewhere. */
function write(level: LogLevel, shows: (category: readonly string[]) => boolean): void {
  const loggers = getLoggers(ROOT).map(tunable);
  const [root] = loggers as [TunableLogger];
  for (const logger of loggers) logger.lowestLevel = level === "off" ? null : level;
  const at = root.sinks.findIndex((sink) => OURS in sink);
  if (at >= 0) root.sinks.splice(at, 1);
  if (level === "off") return;
  // Sinks of the application for everything may have a level of their own, which shall not count for us.
  if (root.parentSinks === "inherit") root.parentSinks = "forward";
  if (!loggers.some(({ category }) => inspectLogger(category).sinkPaths.length > 0)) {
    root.sinks.push(consoleSink(shows));
  }
}

function consoleSink(shows: (category: readonly string[]) => boolean): Sink {
  const sink = getConsoleSink({
    formatter: getTextFormatter({
      timestamp: "rfc3339",
      level: "FULL",
      category: ".",
      value: "bare",
      format: ({ timestamp, level, category, message }) => `${timestamp} ${level} ${category} ${message}`,
    }),
  });
  const ours = (record: LogRecord): void => {
    if (shows(record.category)) sink(record);
  };
  return Object.assign(ours, { [OURS]: true });
}

function tunable(logger: Logger): TunableLogger {
  const found = logger as Partial<TunableLogger>;
  if (!Array.isArray(found.sinks) || found.lowestLevel === undefined || found.parentSinks === undefined) {
    throw new Error(
      "Cannot set the log level as this version of LogTape does not let it be set from outside: " +
        'configure the category "switchboard" with LogTape\'s own configure()',
    );
  }
  return found as TunableLogger;
}
