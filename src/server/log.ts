/**
 * What is logged, through LogTape: nothing is written until the application configures a sink for `switchboard`.
 *
 * One line for each event; everything that a peer controls is escaped and cut.
 *
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";
import { errorText } from "./error_text.ts";
import { escapeText } from "../internal/escape.ts";

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
      remoteAddr: escapeText(remoteAddr),
      path: escapeText(pathOf(url)),
    });
  }

  /** A connection ended. */
  closed(connection: LoggedConnection, code: number, reason: string): void {
    if (!this.#logger.isEnabledFor("debug")) return;
    this.#logger.debug("connection {id} closed with {code} {reason}", {
      id: connection.id,
      code,
      reason: escapeText(reason),
    });
  }

  /** A request was refused. */
  refused(status: number, why: string, remoteAddr: string): void {
    if (!this.#logger.isEnabledFor("info")) return;
    this.#logger.info("request from {remoteAddr} refused with {status}: {why}", {
      status,
      why: escapeText(why),
      remoteAddr: escapeText(remoteAddr),
    });
  }

  /** Something failed. */
  failed(id: string | undefined, error: Error): void {
    this.#logger.error("{id}: {error}", { id: id ?? "server", error: errorText(error) });
  }

  /** The error handler failed too; there is nobody else to tell. */
  errorHandlerFailed(error: unknown): void {
    this.#logger.fatal("onError failed: {error}", { error: errorText(error) });
  }
}

/** The path alone: a query may carry a token. */
function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}
