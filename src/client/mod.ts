/**
 * The client: a WebSocket that comes back by itself, in Deno, browsers, Node and Bun.
 *
 * It speaks the managed protocol of this module's server; `protocol: "plain"` makes it talk to any other.
 *
 * @example Connecting, sending, receiving
 * ```ts
 * import { WebSocketClient } from "@switchboard/websocket/client";
 *
 * const client = new WebSocketClient({
 *   url: "wss://example.com/ws",
 *   handlers: {
 *     onOpen: () => console.log("connected"),
 *     onMessage: (message) => console.log(message.type, message.data),
 *     onClose: ({ code, willReconnect }) => console.log("closed", code, willReconnect),
 *   },
 * });
 * console.log(client.send({ type: "hello" })); // "queued": it is sent as soon as there is a connection
 * // await client.connect();
 * ```
 *
 * @module
 */

import { ReconnectingClient } from "./client.ts";
import { MANAGED } from "./managed_dialect.ts";
import type { ReconnectingClientConfig } from "./config.ts";
import { misuse } from "./misuse.ts";
import { PLAIN } from "./plain_dialect.ts";

export { RefusedError, SubprotocolMissingError } from "../errors.ts";
export * from "./public.ts";

/** What a client can be told. */
export interface WebSocketClientConfig extends ReconnectingClientConfig {
  /**
   * `"managed"` for servers of this module, `"plain"` for any WebSocket server.
   *
   * @default {"managed"}
   */
  readonly protocol?: "managed" | "plain";
  /**
   * How long an open socket may wait for the server's welcome, in milliseconds; managed protocol only.
   *
   * @default {5_000}
   */
  readonly welcomeTimeoutMs?: number;
}

/**
 * A WebSocket that comes back.
 *
 * @example Sending before there is a connection
 * ```ts
 * import { WebSocketClient } from "@switchboard/websocket/client";
 * import { assertEquals } from "@std/assert";
 *
 * const client = new WebSocketClient({ url: "wss://example.com/ws" });
 *
 * assertEquals(client.send({ type: "early" }), "queued");
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
    const { protocol = "managed" } = config;
    if (protocol !== "managed" && protocol !== "plain") throw misuse("protocol", '"managed" or "plain"', protocol);
    super(config, protocol === "plain" ? PLAIN : MANAGED);
  }
}
