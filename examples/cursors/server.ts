/**
 * Boards on which several people see each other's cursors and marks.
 *
 * Run it with `deno run --allow-net --allow-read=. --allow-run examples/cursors/server.ts`, and open http://localhost:8000/#board twice.
 */

import { MessageError, WebSocketServer } from "@switchboard/websocket";
import { rateLimit } from "@switchboard/websocket/middleware";
import { servePage } from "../pages.ts";
import { type Board, contract, type Mark } from "./contract.ts";

const MAX_MARKS = 500;

/** A board on which somebody is, or away for a moment. */
interface BoardState {
  readonly marks: Mark[];
  /** Names by id. Who has lost the connection has not left, so that these are more than the members of the room. */
  readonly people: Map<string, string>;
}

const server = new WebSocketServer({
  contract,
  data: () => ({ name: "" }),
  maxRoomsPerConnection: 4,
  handlers: { onError: (_conn, error) => console.error(error) },
});
// As often as a screen shows something new, and no more.
server.use(rateLimit({ messagesPerSecond: 70, burst: 140, onExceeded: "reply" }));

const boards = new Map<string, BoardState>();

function viewOf(room: string, self: string): Board {
  const { marks = [], people = [] } = boards.get(room) ?? {};
  return { self, marks, others: [...people].map(([id, name]) => ({ id, name })) };
}

server.room("board/{id}", {
  join: ({ connection, room, data }) => {
    connection.data.name = data.name;
    return viewOf(room, connection.id);
  },
  onJoin: ({ connection, room }) => {
    const { id, data: { name } } = connection;
    const board = boards.get(room) ?? { marks: [], people: new Map() };
    boards.set(room, board);
    board.people.set(id, name);
    connection.broadcast({ type: "arrived", data: { id, name } }, { room });
  },
  // Not when the connection is lost, but when it has not come back.
  onLeave: ({ connection: { id }, room }) => {
    server.broadcast({ type: "gone", data: { id } }, { room });
    const people = boards.get(room)?.people;
    people?.delete(id);
    if (people?.size === 0) boards.delete(room);
  },
  handlers: {
    look: (_data, { connection, room = "" }) => viewOf(room, connection.id),
    // A position is worth nothing when the next one is there: who is away or cannot keep up is spared it.
    move: ({ x, y }, { connection, room = "" }) => {
      const where = (other: { bufferedAmount: number }) => other.bufferedAmount === 0;
      connection.broadcast({ type: "moved", data: { id: connection.id, x, y } }, { room, where, volatile: true });
    },
    mark: (mark, { room = "" }) => {
      const marks = boards.get(room)?.marks;
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
