/**
 * A WebSocket client that comes back by itself, for any WebSocket server: the plain protocol alone, in a few kilobytes.
 *
 * It is the client of the entry point `./client` without the managed protocol.
 *
 * @example Talking to any server
 * ```ts
 * import { WebSocketClient } from "@switchboard/websocket/client/plain";
 *
 * const client = new WebSocketClient({
 *   url: "wss://example.com/ws",
 *   handlers: { onMessage: (message) => console.log(message) },
 * });
 * console.log(client.send({ type: "hello" })); // "queued": it is sent as soon as there is a connection
 * // await client.connect();
 * ```
 *
 * @module
 */

import { assemble, ReconnectingClient } from "./client.ts";
import type { ReconnectingClientConfig } from "./config.ts";
import { misuse } from "./misuse.ts";
import { PLAIN } from "./plain_dialect.ts";

export * from "./public.ts";

/** What a client can be told. */
export interface WebSocketClientConfig extends ReconnectingClientConfig {
  /**
   * The only protocol that this client speaks.
   *
   * @default {"plain"}
   */
  readonly protocol?: "plain";
}

/**
 * A WebSocket that comes back, for any WebSocket server.
 *
 * @example Sending before there is a connection
 * ```ts
 * import { WebSocketClient } from "@switchboard/websocket/client/plain";
 * import { assertEquals } from "@std/assert";
 *
 * const client = new WebSocketClient({ url: "wss://example.com/ws" });
 *
 * assertEquals(client.send("early"), "queued");
 * assertEquals(client.getState(), "idle");
 * ```
 */
export class WebSocketClient extends ReconnectingClient {
  /**
   * Checks the options. Nothing is opened before `connect()`.
   *
   * @throws {TypeError} If `url` is missing or not one, or an option is unknown or of the wrong kind.
   * @throws {RangeError} If an option is out of bounds.
   */
  constructor(config: WebSocketClientConfig) {
    const { protocol = "plain" } = config;
    if (protocol !== "plain") throw misuse("protocol", '"plain"', protocol);
    super(assemble(config, PLAIN));
  }
}
