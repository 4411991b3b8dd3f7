/**
 * What is logged, through LogTape: nothing is written until the application configures a sink for `switchboard`, or asks
 * for lines by `setLogLevel` or the variable `DEBUG`.
 *
 * One line for each event; everything that a peer controls is escaped and cut, and what looks like a secret is left out.
 *
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";
import { errorText } from "./error_text.ts";
import { logText } from "../internal/escape.ts";

/** What is logged of a connection; read only when something is written. */
export interface LoggedConnection {
  readonly id: string;
  readonly remoteAddr: string;
  readonly url: string;
}

/** The lines of a server, category `["switchboard", "server"]`. */
export class ServerLog {
  readonly #logger: Logger = getLogger(["switchboard", "server"]);

  /** A connection is open. */
  opened(connection: LoggedConnection): void {
    if (!this.#logger.isEnabledFor("debug")) return;
    const { id, remoteAddr, url } = connection;
    this.#logger.debug("connection {id} opened from {remoteAddr} for {path}", {
      id,
      remoteAddr: logText(remoteAddr),
      path: logText(pathOf(url)),
    });
  }

  /** A connection ended. */
  closed(connection: LoggedConnection, code: number, reason: string): void {
    if (!this.#logger.isEnabledFor("debug")) return;
    this.#logger.debug("connection {id} closed with {code} {reason}", {
      id: connection.id,
      code,
      reason: logText(reason),
    });
  }

  /** A request was refused. */
  refused(status: number, why: string, remoteAddr: string): void {
    if (!this.#logger.isEnabledFor("info")) return;
    this.#logger.info("request from {remoteAddr} refused with {status}: {why}", {
      status,
      why: logText(why),
      remoteAddr: logText(remoteAddr) || "an unknown address",
    });
  }

  /** Something failed. */
  failed(id: string | undefined, error: Error): void {
    if (!this.#logger.isEnabledFor("error")) return;
    this.#logger.error("{id}: {error}", { id: id ?? "server", error: errorText(error) });
  }

  /** The error handler failed too; there is nobody else to tell. */
  errorHandlerFailed(error: unknown): void {
    if (!this.#logger.isEnabledFor("fatal")) return;
    this.#logger.fatal("onError failed: {error}", { error: errorText(error) });
  }
}

/** The path alone: a query may carry a token. */
function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}
