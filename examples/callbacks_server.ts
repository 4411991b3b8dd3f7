/**
 * A server of four callbacks: it greets, repeats to all what one sends, keeps within its limits, and sends to some.
 *
 * Run it with `deno run --allow-net examples/callbacks_server.ts`, and `examples/callbacks_client.ts` beside it.
 */

import { WebSocketServer } from "@switchboard/websocket";
import { accessList, PRIVATE_NETWORKS } from "@switchboard/websocket/middleware";

/** Above this, who comes is told to come back later, in words. */
const COMFORTABLE = 50;

const server = new WebSocketServer({
  path: "/ws",
  maxConnections: 100, // above this, requests are refused with 503
  heartbeatInterval: 30_000,
  heartbeatTimeoutMs: 60_000,
  handlers: {
    onConnect: (conn) => {
      if (server.connections.size > COMFORTABLE) {
        conn.send({ type: "busy", data: "The server is busy, please try again later" });
        return conn.close(1013, "busy"); // our client waits for a while, and tries again
      }
      console.log(`${conn.remoteAddr} connected`);
      conn.send({ type: "welcome", your_id: conn.id, server_time: Math.floor(Date.now() / 1000) });
    },
    onMessage: (conn, message) => {
      server.broadcast({ type: "broadcast", from: conn.id, data: message.data });
    },
    onClose: (conn, { code, wasClean }) => {
      console.log(`${conn.remoteAddr} disconnected ${wasClean ? "gracefully" : "with an error"}: ${code}`);
    },
    onError: (_conn, error) => console.error(error),
  },
});

// Peers of other networks are refused with 403, before they are connected.
server.use(accessList({ allow: PRIVATE_NETWORKS }));

// To some: those that a predicate picks. The answer says how many there were.
server.handle("tell agents", ({ agent, text }: { agent: string; text: string }) => {
  const chosen = server.select((conn) => conn.userAgent.includes(agent));
  return chosen.send({ type: "told", data: text }).sent;
});
server.handle("tell newcomers", ({ withinMs, text }: { withinMs: number; text: string }) => {
  return server.select((conn) => conn.uptimeMs < withinMs).send({ type: "told", data: text }).sent;
});

Deno.serve((request, info) => server.handleUpgrade(request, info) ?? new Response("Not Found", { status: 404 }));
