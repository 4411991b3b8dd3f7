import { assertEquals } from "@std/assert";
import { CLOSED, CLOSING, CONNECTING, OPEN, type SocketLike } from "../../src/internal/socket_like.ts";

Deno.test("SocketLike is what a WebSocket is, and its states have the same numbers", () => {
  // A line that would not compile if a WebSocket were none.
  const likeOf = (socket: WebSocket): SocketLike => socket;

  assertEquals([typeof likeOf, CONNECTING, OPEN, CLOSING, CLOSED], [
    "function",
    WebSocket.CONNECTING,
    WebSocket.OPEN,
    WebSocket.CLOSING,
    WebSocket.CLOSED,
  ]);
});
