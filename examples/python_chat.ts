/**
 * A whole chat for plain WebSockets: everybody together, rooms, private messages, who comes and goes with how many are
 * left, `GET /clients`, a status at `/`, and a page that shows text as text.
 *
 * Run it with `deno run --allow-net --allow-read=examples examples/python_chat.ts`, and open
 * http://localhost:8000/static/index.html.
 */

import { createMessage, MessageError, WebSocketServer } from "@switchboard/websocket";

const server = new WebSocketServer({
  path: "/ws/:name",
  // The name is the visitor's choice, the id by which messages are delivered is ours: nobody can take over another's.
  data: ({ params }) => ({ name: (params.name ?? "").slice(0, 40) || "somebody" }),
  handlers: {
    onConnect: (conn) => {
      conn.send(createMessage("welcome", { id: conn.id, name: conn.data.name }));
      conn.broadcast(createMessage("user_joined", { ...sender(conn), count: server.connections.size }));
    },
    onClose: (conn) => {
      server.broadcast(createMessage("user_left", { ...sender(conn), count: server.connections.size }));
    },
    onError: (_conn, error) => console.error(error),
  },
});

// `{ "type": "ping", "data": { "timestamp" } }` is answered with a pong by the server itself.
server.handle("chat", (data, { connection }) => {
  server.broadcast(createMessage("chat", { ...sender(connection), text: textOf(data) }));
});
server.handle("private", (data, { connection }) => {
  const message = createMessage("private", { ...sender(connection), text: textOf(data) });
  const outcome = server.send(String(data?.recipient_id), message);
  if (outcome === "closed") throw new MessageError("not_found", "This user is not here");
});
server.handle("join_room", (data, { connection }) => ({ joined: connection.join(roomOf(data)) }));
server.handle("leave_room", (data, { connection }) => ({ left: connection.leave(roomOf(data)) }));
server.handle("room", (data, { connection }) => {
  const room = roomOf(data);
  if (!connection.rooms.includes(room)) throw new MessageError("not_joined", "You are not in this room");
  server.broadcast(createMessage("room", { ...sender(connection), room, text: textOf(data) }), { room });
});

const page = await Deno.readTextFile(new URL("python_chat.html", import.meta.url));
// Should a script of the page ever try to make markup out of text, the browser refuses.
const headers = { "content-type": "text/html", "content-security-policy": "require-trusted-types-for 'script'" };

Deno.serve((request, info) => {
  const upgrade = server.handleUpgrade(request, info);
  if (upgrade !== null) return upgrade;
  const { pathname } = new URL(request.url);
  if (pathname === "/") return Response.json({ message: "WebSocket server is running" });
  if (pathname === "/static/index.html") return new Response(page, { headers });
  if (pathname !== "/clients") return new Response("Not Found", { status: 404 });
  return Response.json({ count: server.connections.size, clients: server.connections.ids() });
});

/** Somebody, for the others. */
function sender({ id, data }: { id: string; data: { name: string } }): { user_id: string; name: string } {
  return { user_id: id, name: data.name };
}

function textOf(data: { text?: unknown } | undefined): string {
  if (typeof data?.text === "string" && data.text.trim() !== "") return data.text.slice(0, 2_000);
  throw new MessageError("invalid_data", "A message needs a text");
}

function roomOf(data: { room?: unknown } | undefined): string {
  if (typeof data?.room === "string" && /^[\w-]{1,40}$/.test(data.room)) return data.room;
  throw new MessageError("bad_room", "The name of a room is made of up to 40 letters and digits");
}
