/**
 * Just enough of Engine.IO 4 and Socket.IO 5 over WebSocket for one namespace and text: what a client that was
 * measured has to understand and to say.
 *
 * This file is pure.
 *
 * @module
 */

/** What the server opens a WebSocket with that does not begin with polling. */
export const SOCKET_IO_QUERY = "?EIO=4&transport=websocket";

/** Asks for the default namespace. */
export const CONNECT = "40";

/** The answer to a ping of Engine.IO. */
export const PONG_PACKET = "3";

/** What a server says, as far as it is expected. */
export type Packet =
  | { readonly kind: "open" | "ping" | "connected" | "refused" | "closed" | "unknown" }
  | { readonly kind: "event"; readonly name: string; readonly data: unknown };

/** An event with one argument. */
export function encodeEvent(name: string, data: unknown): string {
  return `42${JSON.stringify([name, data])}`;
}

/** What the text of one frame means. */
export function decodePacket(text: string): Packet {
  if (text.startsWith("42[")) {
    const [name, data] = JSON.parse(text.slice(2)) as [string, unknown];
    return { kind: "event", name, data };
  }
  if (text.startsWith("0{")) return { kind: "open" };
  if (text.startsWith("40")) return { kind: "connected" };
  if (text.startsWith("44")) return { kind: "refused" };
  if (text === "2") return { kind: "ping" };
  if (text === "1" || text === "41") return { kind: "closed" };
  return { kind: "unknown" };
}
