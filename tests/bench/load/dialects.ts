/**
 * The dialect of each kind of peers.
 *
 * @module
 */

import type { Dialect, Exchange, Line, PeerKind } from "./dialect.ts";
import { ManagedDialect } from "./managed_dialect.ts";
import { PlainDialect, SocketIoDialect } from "./plain_dialects.ts";

/** Makes the dialect of a kind. */
export function dialectOf(kind: PeerKind, exchange: Exchange, line: Line): Dialect {
  if (exchange === "request" && kind !== "plain") throw new Error("Only plain peers send requests in the echo load");
  switch (kind) {
    case "plain":
      return new PlainDialect(line, exchange);
    case "managed":
    case "gathering":
      return new ManagedDialect(line, { gathers: kind === "gathering" });
    case "socket.io":
      return new SocketIoDialect(line);
  }
}
