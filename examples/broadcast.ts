/**
 * A broadcast server: what one peer sends, all others receive, and everybody is told who comes and goes.
 *
 * Run it with `deno run --allow-net examples/broadcast.ts`; any WebSocket client may connect to ws://localhost:8000/ws.
 */

import { WebSocketServer } from "@switchboard/websocket";

const server = new WebSocketServer({
  path: "/ws",
  handlers: {
    onConnect: (conn) => {
      conn.send({ type: "welcome", id: conn.id });
      conn.broadcast({ type: "joined", id: conn.id, connections: server.connections.size });
    },
    onMessage: (conn, message) => {
      conn.broadcast({ type: "message", from: conn.id, message });
    },
    onClose: (conn) => {
      server.broadcast({ type: "left", id: conn.id, connections: server.connections.size });
    },
  },
});

Deno.serve((request, info) => server.handleUpgrade(request, info) ?? new Response("Not Found", { status: 404 }));
