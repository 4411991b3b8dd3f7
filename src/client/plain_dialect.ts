/**
 * The plain protocol: text, JSON and bytes as the application sends them. Pure.
 *
 * It has a codec of its own, smaller than the one of the protocol, which both servers and managed clients share.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { ClientDialect } from "./dialect.ts";

/** How long to wait for an answer where the application does not say, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** Speaks to any WebSocket server. The only messages of ours are pings, where a heartbeat is switched on. */
export const PLAIN: ClientDialect = {
  subprotocols: [],
  encode: encodePlain,
  encodePing: (data) => encodePlain({ type: "ping", data }),
  begin(link) {
    const { heartbeatInterval: intervalMs = 0, heartbeatTimeoutMs: timeoutMs = DEFAULT_TIMEOUT_MS } = link.options;
    link.ready({ liveness: { intervalMs, timeoutMs } });
    return (frame) => {
      const message = decode(frame);
      if (message.type !== "pong" || !link.pong(message.data)) link.message(message);
    };
  },
};

/**
 * Puts a message into a frame: text and bytes as they are, anything else as JSON.
 *
 * @throws {TypeError} If it is none of these.
 */
export function encodePlain(message: Sendable): Payload {
  if (typeof message === "string") return message;
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (ArrayBuffer.isView(message)) {
    return new Uint8Array(message.buffer as ArrayBuffer, message.byteOffset, message.byteLength);
  }
  // The bytes of a Blob can only be had by waiting, and JSON would make an empty object of it.
  const json: string | undefined = message instanceof Blob ? undefined : JSON.stringify(message);
  if (json === undefined) throw new TypeError("Cannot send what is neither text, bytes nor JSON");
  return json;
}

function decode(frame: Payload): WebSocketMessage {
  if (typeof frame !== "string") return { type: "binary", data: frame };
  try {
    const value = JSON.parse(frame);
    if (typeof value?.type === "string") return value;
  } catch {
    // Not JSON: then it is text.
  }
  return { type: "text", data: frame };
}
