/**
 * Boards on which several people see each other's cursors and marks.
 *
 * Run it with `deno run --allow-net --allow-read=. --allow-run examples/cursors/server.ts`, and open http://localhost:8000/#board twice.
 */

import { MessageError, WebSocketServer } from "@switchboard/websocket";
import { rateLimit } from "@switchboard/websocket/middleware";
import { servePage } from "../pages.ts";
import { contract, type Mark } from "./contract.ts";

const MAX_MARKS = 500;

const server = new WebSocketServer({
  contract,
  data: () => ({ name: "" }),
  maxRoomsPerConnection: 4,
  handlers: { onError: (_conn, error) => console.error(error) },
});
// As often as a screen shows something new, and no more.
server.use(rateLimit({ messagesPerSecond: 70, burst: 140, onExceeded: "reply" }));

/** The marks of the boards on which somebody is. */
const boards = new Map<string, Mark[]>();

server.room("board/{id}", {
  join: ({ connection, room, data }) => {
    connection.data.name = data.name;
    const marks = boards.get(room) ?? [];
    boards.set(room, marks);
    return {
      self: connection.id,
      marks,
      others: [...server.members(room)].map(({ id, data: { name } }) => ({ id, name })),
    };
  },
  onJoin: ({ connection, room }) => {
    connection.broadcast({ type: "arrived", data: { id: connection.id, name: connection.data.name } }, { room });
  },
  onLeave: ({ connection, room }) => {
    server.broadcast({ type: "gone", data: { id: connection.id } }, { room });
    if (!server.rooms.has(room)) boards.delete(room);
  },
  handlers: {
    // A position is worth nothing when the next one is there: who cannot keep up is spared it.
    move: ({ x, y }, { connection, room = "" }) => {
      const where = (other: { bufferedAmount: number }) => other.bufferedAmount === 0;
      connection.broadcast({ type: "moved", data: { id: connection.id, x, y } }, { room, where });
    },
    mark: (mark, { room = "" }) => {
      const marks = boards.get(room);
      if (marks === undefined || marks.length >= MAX_MARKS) throw new MessageError("full", "This board is full");
      marks.push(mark);
      server.broadcast({ type: "marked", data: mark }, { room });
    },
  },
});

const page = await servePage(new URL("page/", import.meta.url));

Deno.serve((request, info) =>
  server.handleUpgrade(request, info) ?? page(request) ?? new Response("Not Found", { status: 404 })
);
