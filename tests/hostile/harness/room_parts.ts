/**
 * Rooms with rules, hooks and handlers of all kinds, and handlers through which a peer makes the server do something with
 * rooms at an unfortunate moment.
 *
 * @module
 */

import {
  MessageError,
  type WebSocketConfig,
  type WebSocketConnection,
  type WebSocketServer,
} from "../../../src/server/mod.ts";
import type { MessageContext } from "../../../src/server/types.ts";
import type { ChildChannel } from "./child_channel.ts";
import { SECRET } from "./faulty_messages.ts";
import { reporting, targetOf } from "./reports.ts";

/** What a peer's message carries here. */
type Wish = Readonly<Record<string, never>>;

/** So deep do broadcasts nest that begin one another. */
export const DEPTH = 1_000;

/** Adds rules for rooms. The last one opens all rooms for which there is no other. */
export function addRoomRules(server: WebSocketServer, channel: ChildChannel): void {
  const saw = (what: string, { connection, room }: { connection: WebSocketConnection; room: string }) =>
    channel.event({ kind: "room", target: targetOf(connection.url), detail: { what, room: room.slice(0, 100) } });
  server.room("private/{user}", {
    join: ({ connection, params }) => new URL(connection.url).searchParams.get("user") === params["user"],
    handlers: { say: reporting(channel, (data, { room }) => ({ room, data })) },
  });
  server.room("failing/{way}", { join: ({ params }) => failAs(params["way"]!) });
  server.room("hooks/{way}", {
    onJoin: ({ params }) => failAs(params["way"]!) as unknown as Promise<void>,
    onLeave: ({ params }) => failAs(params["way"]!) as unknown as Promise<void>,
    outgoing: (_connection, message, room) => room === "hooks/throws" ? failAs("throws") : message,
    handlers: { say: (_data, { room }) => failAs(room!.slice("hooks/".length)) },
  });
  /** Decides when the test opens a gate of this name. */
  server.room("slow/{gate}/*", {
    join: async (visit) => {
      saw("asked", visit);
      visit.signal.addEventListener("abort", () => saw("aborted", visit));
      await channel.gate(visit.params["gate"]!);
    },
  });
  server.room("watched/*", {
    join: (visit) => saw("asked", visit),
    onJoin: (visit) => saw("joined", visit),
    onLeave: (visit) => saw("left", visit),
  });
  /** Whoever would get something from this room is taken out of it instead. */
  server.room("leaky/*", {
    outgoing: (connection, message, room) => {
      connection.leave(room);
      return message;
    },
  });
  server.room("*");
}

/** A token that is good at once. Others are judged when the test opens the gate of their name: good if it ends in `!`. */
export const GOOD_TOKEN = "good";

/** Peers may sign in by their first message. */
export function signInByMessage(channel: ChildChannel): Pick<WebSocketConfig, "authenticate" | "tokenSources"> {
  return {
    tokenSources: { message: true },
    authenticate: ({ token }) => {
      if (token === undefined) return null;
      if (token === GOOD_TOKEN) return { userId: token };
      return channel.gate(token).then(() => token.endsWith("!") ? { userId: token } : null);
    },
  };
}

/** Adds handlers that act upon rooms. */
export function addRoomHandlers(server: WebSocketServer, channel: ChildChannel): void {
  const handle = (type: string, handler: (data: Wish, context: MessageContext) => unknown) =>
    server.handle(type, reporting(channel, (data, context) => handler(data as Wish, context)));
  /** What an application does for its plain peers, with no more care than it needs. */
  handle("enter", (room, { connection }) => connection.join(room as unknown as string));
  handle("exit", (room, { connection }) => connection.leave(room as unknown as string));
  handle("publish", ({ room, text }) => server.broadcast({ type: "news", data: text }, { room: checked(room) }));
  handle("publish_unchecked", ({ room, text }) => server.broadcast({ type: "news", data: text }, { room: room! }));
  handle("look", (room) => ({
    rooms: server.rooms.size,
    exists: server.rooms.has(room as unknown as string),
    members: server.members(room as unknown as string).size,
  }));
  handle("mine", (_data, { connection }) => connection.rooms);
  handle("close_and_enter", (room, { connection }) => {
    connection.close(4000, "as you wish");
    return connection.join(room as unknown as string);
  });
  handle("close_another_meanwhile", (room) => broadcastClosing(server, checked(room)));
  handle("empty", (room) => emptyWhileIterating(server, checked(room)));
  handle("swap", ({ from, to }) => swapWhileIterating(server, checked(from), checked(to)));
  handle("nest", (room) => nest(server, checked(room)));
  handle("change_after", (room) => changeAfter(server, checked(room)));
  handle("break_my_socket", (_data, { connection }) => {
    Object.defineProperty(connection.socket, "send", {
      value: () => {
        throw new Error(SECRET);
      },
    });
  });
}

function checked(room: unknown): string {
  if (typeof room === "string") return room;
  throw new TypeError("Cannot broadcast to this as it is no room");
}

/** Begins a broadcast that ends every second of its receivers before they get it. */
function broadcastClosing(server: WebSocketServer, room: string): unknown {
  let count = 0;
  const where = (connection: WebSocketConnection) => {
    if (count++ % 2 === 1) connection.close(4000, "in the middle of a broadcast");
    return true;
  };
  return server.broadcast({ type: "news", data: "closing" }, { room, where });
}

/** Takes members out while it goes through them: first others, then the one at hand. */
function emptyWhileIterating(server: WebSocketServer, room: string): unknown {
  let steps = 0;
  for (const member of server.members(room)) {
    steps++;
    for (const other of server.members(room)) if (other !== member) other.leave(room);
    member.leave(room);
  }
  return { steps, members: server.members(room).size, exists: server.rooms.has(room) };
}

/** Moves members to another room and back while it goes through both. */
function swapWhileIterating(server: WebSocketServer, from: string, to: string): unknown {
  let steps = 0;
  for (const member of server.members(from)) {
    steps++;
    member.leave(from);
    member.join(to);
    for (const other of server.members(to)) other.join(from);
  }
  return { steps, from: server.members(from).size, to: server.members(to).size };
}

/** A broadcast whose listener broadcasts, whose listener broadcasts, and so on. */
function nest(server: WebSocketServer, room: string): unknown {
  let depth = 0;
  const off = server.subscribe(room, () => {
    if (++depth <= DEPTH) server.broadcast({ type: "news", data: depth }, { room });
  });
  try {
    server.broadcast({ type: "news", data: 0 }, { room });
  } finally {
    off();
  }
  return depth;
}

/** Changes an object right after it was broadcast, and in the middle of it. */
function changeAfter(server: WebSocketServer, room: string): void {
  const message = { type: "news", data: { text: "as it was" } };
  server.broadcast(message, { room });
  message.data.text = "changed later";
  message.type = "changed";
}

function failAs(way: string): never | Promise<never> | false {
  switch (way) {
    case "throws":
      throw new Error(SECRET);
    case "rejects":
      return Promise.reject(new Error(SECRET));
    case "never_settles":
      return new Promise(() => {});
    case "refuses":
      throw new MessageError("members_only", "Ask somebody to let you in", { ask: "the owner" });
    case "cycle": {
      const cycle: Record<string, unknown> = { secret: SECRET };
      cycle["self"] = cycle;
      return cycle as never;
    }
    case "bigint":
      return { secret: SECRET, big: 1n } as never;
    case "function":
      return (() => SECRET) as never;
    default:
      return false;
  }
}
