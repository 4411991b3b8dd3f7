/**
 * Subprotocols, limits and heartbeats: an echo server that speaks `chat` in text, or `binary` in bytes, and nothing else.
 *
 * Run it with `deno run --allow-net examples/subprotocol_limits.ts`, then try in a browser's console:
 *
 *     const socket = new WebSocket("ws://localhost:8000/ws", ["binary", "chat"]);
 *     socket.onopen = () => console.log(socket.protocol); // "chat", as the server prefers it
 */

import { WebSocketServer } from "@switchboard/websocket";

const server = new WebSocketServer({
  path: "/ws",
  // A handshake that offers neither is refused with 400.
  protocols: ["chat", "binary"],
  requireProtocol: true,
  // Who comes when it is full waits for a place, and is refused with 503 when that takes too long.
  maxConnections: 3,
  whenFull: "wait",
  maxWaiting: 10,
  waitTimeoutMs: 60_000,
  maxMessageBytes: 65_536,
  // After a second of silence a peer gets a WebSocket ping, which every WebSocket answers by itself; one that has not
  // answered a second later is gone. Pings that peers send are answered as well.
  heartbeatInterval: 1_000,
  heartbeatTimeoutMs: 1_000,
  handlers: {
    onMessage: (conn, { type, data }) => {
      const expected = conn.protocol === "chat" ? "text" : "binary";
      if (type === expected) conn.send(data);
      else conn.close(1003, `${conn.protocol} takes ${expected} alone`);
    },
  },
});

Deno.serve(server.fetch);
