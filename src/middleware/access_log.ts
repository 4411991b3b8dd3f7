/**
 * Writes a line for every connection that comes, goes or is refused, and for every message if wanted.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { OptionChecks } from "../internal/checks.ts";
import { logText } from "../internal/escape.ts";
import type { CloseInfo, ConnectionRequest, WebSocketConnection, WebSocketPlugin } from "../server/types.ts";

/** What an access log needs of a logger. Those of LogTape are such ones. */
export interface AccessLogger {
  /** Whether lines of this level go anywhere. */
  isEnabledFor(level: AccessLogLevel): boolean;
  /** Writes a line; `{names}` in it stand for properties. */
  debug(text: string, properties: Record<string, unknown>): void;
  /** The same, one level higher. */
  info(text: string, properties: Record<string, unknown>): void;
  /** The same, two levels higher. */
  warning(text: string, properties: Record<string, unknown>): void;
}

/** The level of a line. */
export type AccessLogLevel = "debug" | "info" | "warning";

/** What is written, and where to. */
export interface AccessLogOptions {
  /**
   * Where the lines go.
   *
   * @default LogTape's logger of the category ["switchboard", "access"]
   */
  readonly logger?: AccessLogger;
  /**
   * The level of the lines.
   *
   * @default {"info"}
   */
  readonly level?: AccessLogLevel;
  /**
   * Whether there is a line for every message that arrives, with its type and nothing of its content.
   *
   * @default {false}
   */
  readonly messages?: boolean;
}

/**
 * Writes an access log, one line for each event. Lines are made of what a peer says, so it is escaped, and cut after 200
 * characters; queries and message contents are not written, and what looks like a token is left out.
 *
 * Refusals are those of connection middleware that was put in after this one; what the server itself refuses (origin,
 * limits, sign-in) stands in the category `["switchboard", "server"]`, level info.
 *
 * @throws {TypeError} If an option is of a wrong kind, or unknown.
 *
 * @example
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { accessLog } from "@switchboard/websocket/middleware";
 * import { connect } from "@switchboard/websocket/testing";
 * import { assertMatch } from "@std/assert";
 *
 * const lines: string[] = [];
 * function note(text: string, properties: Record<string, unknown>) {
 *   lines.push(text.replace(/\{(\w+)\}/g, (_, name) => String(properties[name])));
 * }
 * const server = new WebSocketServer();
 * server.use(accessLog({ logger: { isEnabledFor: () => true, debug: note, info: note, warning: note } }));
 *
 * await using client = await connect(server, { url: "/ws?token=secret" });
 *
 * assertMatch(lines[0] ?? "", /^connection \w+ opened from 127.0.0.1: \/ws/);
 * ```
 */
export function accessLog<Data = Record<string, unknown>>(options: AccessLogOptions = {}): WebSocketPlugin<Data> {
  const { logger, level, messages } = resolve(options);
  const write = (text: string, properties: () => Record<string, unknown>): void => {
    if (logger.isEnabledFor(level)) logger[level](text, properties());
  };
  return {
    name: "access-log",
    install(host) {
      host.on("connection:added", (connection) => write(OPENED, () => opened(connection)));
      host.on("connection:removed", (connection) => write(CLOSED, () => closed(connection)));
      host.use({
        connection(request, next) {
          const tell = (verdict: Response | void): Response | void => {
            if (verdict !== undefined) write(REFUSED, () => refused(request, verdict.status));
            return verdict;
          };
          const verdict = next();
          return verdict instanceof Promise ? verdict.then(tell) : tell(verdict);
        },
      });
      if (!messages) return;
      host.use({
        message(connection, message, next) {
          write(MESSAGE, () => ({ id: connection.id, type: quoted(message.type) }));
          return next();
        },
      });
    },
  };
}

const OPENED = 'connection {id} opened from {remoteAddr}: {path} protocol={protocol} user={user} agent="{agent}"';
const CLOSED = 'connection {id} closed: code={code} reason="{reason}" after {seconds} s, user={user}';
const REFUSED = 'connection refused with {status} from {remoteAddr}: {path} user={user} agent="{agent}"';
const MESSAGE = 'connection {id} message: type="{type}"';

function opened(connection: Visitor & { readonly id: string; readonly protocol: string }): Record<string, unknown> {
  const { id, protocol } = connection;
  return { id, protocol: logText(protocol) || "-", ...visitor(connection) };
}

function closed(connection: Leaver): Record<string, unknown> {
  const { id, userId, uptimeMs, closeInfo } = connection;
  const { code, reason } = closeInfo ?? { code: 1006, reason: "" };
  return {
    id,
    code,
    reason: quoted(reason),
    seconds: (uptimeMs / 1000).toFixed(3),
    user: word(userId ?? "-"),
  };
}

function refused(request: Visitor, status: number): Record<string, unknown> {
  return { status, ...visitor(request) };
}

/** What is told of who goes. */
interface Leaver extends Pick<WebSocketConnection, "id" | "userId" | "uptimeMs"> {
  readonly closeInfo?: CloseInfo | undefined;
}

/** What is told of who comes. */
type Visitor = Pick<ConnectionRequest, "url" | "remoteAddr" | "userAgent" | "userId">;

function visitor({ url, remoteAddr, userAgent, userId }: Visitor): Record<string, unknown> {
  return {
    remoteAddr: logText(remoteAddr) || "-",
    path: logText(pathOf(url)) || "-",
    user: word(userId ?? "-"),
    agent: quoted(userAgent),
  };
}

/** What stands between quotes: nothing that a peer sends may end them, and go on as another field. */
function quoted(text: string): string {
  return logText(text).replaceAll('"', "\\u0022").replace(/\\$/, "\\u005c");
}

/** What stands without quotes, where it is one word. */
function word(text: string): string {
  return /^[^\s"\\=]*$/.test(text) ? logText(text) : `"${quoted(text)}"`;
}

/** The path alone: a query may carry a token, and the host is always the same. */
function pathOf(url: string): string {
  const path = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  return path.replace(/[?#][^]*$/, "");
}

function resolve(options: AccessLogOptions) {
  const { logger, level, messages } = options;
  const checks = new OptionChecks("make an access log");
  checks.knownKeys("accessLog", options, ["logger", "level", "messages"]);
  const levels = ["debug", "info", "warning"] as const;
  for (const name of ["isEnabledFor", ...levels] as const) {
    if (logger !== undefined) checks.optionalFunction(`logger.${name}`, logger?.[name] ?? null);
  }
  return {
    logger: logger ?? getLogger(["switchboard", "access"]),
    level: checks.oneOf("level", level, "info", levels),
    messages: checks.boolean("messages", messages, false),
  };
}
