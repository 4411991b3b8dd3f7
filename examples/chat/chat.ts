/**
 * The chat itself: rooms and what was said in them, and what happens when somebody comes, goes, writes or types. Who gets
 * what, also after the connection was away, is the server's business.
 *
 * Nobody comes or goes by a lost connection: whoever is back soon enough has never left.
 */

import { MessageError, type RoomContext, type RoomVisit, type WebSocketServer } from "@switchboard/websocket";
import { Allowance } from "./allowance.ts";
import { type ChatContract, type Line, LOBBY, type RoomView } from "./contract.ts";
import { foldName, type Say } from "./input.ts";
import { Presence } from "./presence.ts";
import { Room } from "./room.ts";
import type { Visitor } from "./sign_in.ts";

/** The server as the chat has it. */
export type ChatServer = WebSocketServer<Visitor, ChatContract>;

type Visit = Pick<RoomVisit<Visitor, ChatContract>, "connection" | "room">;

/** Rooms that are always there. */
const PERMANENT_ROOMS = [LOBBY, "Coffee corner", "Questions"];

const MAX_ROOMS = 200;

/** The chat. */
export class Chat {
  readonly #server: ChatServer;
  /** By the name in which they are compared, which is their name on the server. */
  readonly #rooms = new Map(PERMANENT_ROOMS.map((name) => [foldName(name), new Room(name, true)]));
  readonly #guests = new Presence();
  /** By the data of a session, which stays the same when the connection does not. */
  readonly #joins = new WeakMap<Visitor, Allowance>();

  /** Opens the chat on a server. */
  constructor(server: ChatServer) {
    this.#server = server;
    server.on("connection:added", (connection) => this.#guests.add(connection));
    server.on("session:ended", (session) => this.#guests.remove(session));
    server.room("*", {
      join: (wish) => this.#enter(wish),
      onJoin: (visit) => this.#joined(visit),
      onLeave: (visit) => this.#left(visit),
      handlers: {
        say: (say, { connection, room = "" }) => this.#say(connection.data.claims.name, room, say, connection.id),
        look: (_data, { room = "" }) => this.#view(this.#find(room)),
        typing: (_data, { connection, room = "" }) => {
          const message = { type: "typing" as const, room, data: { name: connection.data.claims.name } };
          connection.broadcast(message, { room, volatile: true });
        },
      },
    });
    server.handle("whisper", (whisper, { connection }) => this.#whisper(connection.data.claims.name, whisper));
    server.handle("typing", ({ to }, { connection }) => {
      if (to === undefined) return;
      // Not by the selection's own send(), which would keep it for who is away.
      for (const other of server.toUser(foldName(to))) {
        other.send({ type: "typing", data: { name: connection.data.claims.name } });
      }
    });
  }

  /** The rooms and how many are in each, the permanent ones first. */
  get rooms(): { name: string; people: number }[] {
    return [...this.#rooms.values()].map(({ name, people }) => ({ name, people: people.size }));
  }

  /** By which the page is known of a user who is here, or away for a moment. */
  sessionOf(user: string): string | undefined {
    return this.#guests.find(user)?.claims.session;
  }

  /** Somebody wants to be in a room, which is made if need be. */
  #enter({ connection, room: id, data, isMember }: RoomContext<Visitor, ChatContract>): RoomView {
    const allowance = this.#joins.get(connection.data) ?? new Allowance(5, 25);
    this.#joins.set(connection.data, allowance);
    if (!isMember && !allowance.take()) {
      throw new MessageError("rate_limited", "You are too fast, please wait a moment");
    }
    if (id !== foldName(data.name)) throw new MessageError("bad_room", "This is not the name of the room");
    const room = this.#rooms.get(id) ?? new Room(data.name);
    if (!this.#rooms.has(id) && this.#rooms.size >= MAX_ROOMS) {
      throw new MessageError("too_many_rooms", "There are too many rooms already");
    }
    this.#rooms.set(id, room);
    const { people, ...view } = this.#view(room);
    return { ...view, people: [...new Set([connection.data.claims.name, ...people])] };
  }

  #view({ name, people, lines }: Room): RoomView {
    return { name, people: people.names, lines };
  }

  #joined({ connection, room: id }: Visit): void {
    const room = this.#rooms.get(id);
    if (room?.people.add(connection)) this.#tell("joined", connection, id, room);
  }

  #left({ connection, room: id }: Visit): void {
    const room = this.#rooms.get(id);
    if (room?.people.remove(connection)) this.#tell("left", connection, id, room);
    if (room?.people.size === 0 && !room.isPermanent) this.#rooms.delete(id);
  }

  #tell(type: "joined" | "left", { id: except, data }: Visit["connection"], room: string, { people }: Room): void {
    const move = { name: data.claims.name, people: people.size };
    this.#server.broadcast({ type, room, data: move }, { room, except });
  }

  #find(id: string): Room {
    const room = this.#rooms.get(id);
    if (room === undefined) throw new MessageError("not_joined", "This room does not exist");
    return room;
  }

  /** Something is said in a room: once, however often it is sent. */
  #say(from: string, id: string, { text, nonce }: Say, except: string): Line {
    const room = this.#find(id);
    const known = room.find(`${from}/${nonce}`);
    if (known !== undefined) return known;
    const line = { id: `${from}/${nonce}`, from, text, at: Date.now() };
    room.add(line);
    this.#server.broadcast({ type: "said", room: id, data: line }, { room: id, except });
    return line;
  }

  #whisper(from: string, { to, text, nonce }: Say & { to: string }): Line {
    const line = { id: `${from}/${nonce}`, from, text, at: Date.now() };
    const { sent, queued } = this.#server.toUser(foldName(to)).send({ type: "whispered", data: line });
    if (sent + queued === 0) throw new MessageError("not_found", `${to} is not here`);
    return line;
  }
}
