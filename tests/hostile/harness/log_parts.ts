/**
 * An application that puts everything that a peer says into its errors, as applications do, so that all of it is logged.
 *
 * @module
 */

import type { WebSocketConnection, WebSocketHandlers, WebSocketServer } from "../../../src/server/mod.ts";
import { accessLog } from "../../../src/middleware/mod.ts";

/** A handler that echoes text, and cannot take anything else. */
export function talkative(): WebSocketHandlers {
  return {
    onMessage: (connection, { type, data }) => {
      if (type === "text") return void connection.send(data as string);
      throw new Error(`Cannot take ${type} from ${describe(connection)} with ${String(data)}`);
    },
  };
}

/** Adds rules and an access log to a server. */
export function addTalkativeParts(server: WebSocketServer): void {
  server.use(accessLog({ messages: true }));
  server.room("*", {
    join: ({ room }) => {
      throw new Error(`Nobody may be in ${room}`);
    },
  });
  server.handle("handled", () => true);
}

function describe({ headers, userAgent, params }: WebSocketConnection): string {
  return [userAgent, params["room"], headers.get("x-note"), headers.get("sec-websocket-protocol")].join(" ");
}
