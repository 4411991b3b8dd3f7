/**
 * Chat rooms in lines of text: who comes is told who is there, everybody hears who comes, says something and goes.
 *
 * Run it with `deno run --allow-net examples/chat_room.ts`. The name is in the URL, and so is the room; any WebSocket
 * client may connect, such as `new WebSocket("ws://localhost:8000/rooms/kitchen?name=Ann")`.
 */

import { WebSocketServer } from "@switchboard/websocket";

const server = new WebSocketServer({
  path: "/rooms/:room",
  data: ({ params, url }) => ({
    name: new URL(url).searchParams.get("name")?.trim().slice(0, 40) || "Somebody",
    room: params.room ?? "",
  }),
  handlers: {
    onConnect: (conn) => {
      const { name, room } = conn.data;
      const others = [...server.members(room)].map((member) => member.data.name);
      conn.send(others.length === 0 ? "Nobody is here yet" : `Here: ${others.join(", ")}`);
      conn.join(room);
      server.broadcast(`${name} joined`, { room });
    },
    onMessage: (conn, { type, data }) => {
      const { name, room } = conn.data;
      if (type === "text") server.broadcast(`${name}: ${data}`, { room });
    },
    // By now the connection is in no room any more.
    onClose: ({ data: { name, room } }) => {
      server.broadcast(`${name} left`, { room });
    },
  },
});

Deno.serve(server.fetch);
