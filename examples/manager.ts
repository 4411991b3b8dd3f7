/**
 * A manager of connections as chat applications have one: handlers by type, middleware around them, validation, tokens,
 * events, and figures over HTTP.
 *
 * Run it with `deno run --allow-net --allow-env=JWT_SECRET examples/manager.ts`. Then, with any WebSocket client, send
 * `{"type":"text","id":1,"data":{"text":"Hello"}}`.
 */

import { MessageError, WebSocketServer } from "@switchboard/websocket";
import { jwt } from "@switchboard/websocket/auth";
import { validateMessages } from "@switchboard/websocket/middleware";

// Who has no token is let in as nobody in particular, who has a bad one is not.
const authenticate = jwt({ secret: Deno.env.get("JWT_SECRET") ?? crypto.randomUUID(), allowAnonymous: true });

const server = new WebSocketServer({
  path: "/ws",
  maxConnections: 1_000,
  heartbeatInterval: 30_000,
  authenticate,
  handlers: { onError: (_conn, error) => console.error(error) },
});

// Middleware around the way in: it sees who comes, and refuses by a Response.
server.use({
  connection: (request, next) => {
    const isSuspended = request.data.claims?.suspended === true;
    return isSuspended ? new Response("This account is suspended", { status: 403 }) : next();
  },
});
// Around every message: the first one put in is the outermost. It may wait for what lies within, and sees how it went.
server.use({
  message: async (conn, message, next) => {
    const startedAt = performance.now();
    await next();
    console.log(`${conn.id} ${message.type} took ${(performance.now() - startedAt).toFixed(1)} ms`);
  },
});
// At most 10,000 characters in a message, 8,000 in one text, control characters taken out; these types and no others.
server.use(validateMessages({ allowedTypes: ["text", "init", "whoami", "announce"] }));

// What a handler returns is the answer, if the message had an id.
server.handle("init", (_data, { connection }) => ({ id: connection.id, serverTime: new Date() }));
server.handle("text", async (data) => {
  const answer = await Promise.resolve(`Echo: ${data?.text ?? data}`); // ask a database, or a model, here
  return { text: answer, timestamp: new Date() };
});
server.handle("whoami", (_data, { connection }) => connection.userId ?? "nobody");
server.handle("announce", (data, { connection }) => {
  if (connection.userId === undefined) throw new MessageError("unauthorized", "Sign in to announce something");
  return server.broadcast({ type: "announcement", data }, connection.id).sent;
});

server.on("connection:added", ({ id, userId }) => console.log(`${id} added, ${userId ?? "anonymous"}`));
server.on("connection:removed", ({ id }) => console.log(`${id} removed`));
server.on("message:received", ({ message }) => console.log(`received ${message.type.slice(0, 20)}`));
server.on("message:sent", ({ outcome }) => console.log(`sent to ${outcome.sent}`));

/** What the figures are asked by: a load balancer, and a chart. */
const routes: Readonly<Record<string, () => unknown>> = {
  "/api/websocket/health": () => {
    const { uptimeMs, connections, totalConnections } = server.getStats();
    return { status: "healthy", uptime: uptimeMs, connections: { active: connections, total: totalConnections } };
  },
  "/api/websocket/metrics": () => {
    const { connections, totalConnections, peakConnections, totalMessages, errors, uptimeMs } = server.getStats();
    return {
      connections: { activeConnections: connections, totalConnections, peakConnections },
      messages: { totalMessages, messagesPerSecond: totalMessages / (uptimeMs / 1000) },
      errors: { totalErrors: errors, errorRate: errors / Math.max(1, totalMessages) },
    };
  },
};

Deno.serve((request, info) => {
  const upgrade = server.handleUpgrade(request, info);
  if (upgrade !== null) return upgrade;
  const route = routes[new URL(request.url).pathname];
  return route === undefined ? new Response("Not Found", { status: 404 }) : Response.json(route());
});
