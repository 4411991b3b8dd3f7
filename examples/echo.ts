/**
 * An echo server: whatever a peer sends comes back to it, text as text, bytes as bytes, JSON as JSON.
 *
 * Run it with `deno run --allow-net examples/echo.ts`, then try in a browser's console:
 *
 *     const socket = new WebSocket("ws://localhost:8000/ws");
 *     socket.onmessage = ({ data }) => console.log(data);
 *     socket.onopen = () => socket.send("hello");
 */

import { WebSocketServer } from "@switchboard/websocket";

const server = new WebSocketServer({
  handlers: {
    onMessage(conn, message) {
      // Text that is not JSON arrives as { type: "text", data }, bytes as { type: "binary", data }.
      const isBare = message.type === "text" || message.type === "binary";
      conn.send(isBare ? message.data : message);
    },
  },
});

Deno.serve(server.fetch);
