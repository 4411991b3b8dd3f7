/**
 * The chat itself: rooms and what was said in them, and what happens when somebody comes, goes, writes or types. Who is
 * in which room, and who gets what, is the server's business.
 */

import { MessageError, type RoomContext, type RoomVisit, type WebSocketServer } from "@switchboard/websocket";
import { Allowance } from "./allowance.ts";
import { type ChatContract, type Line, LOBBY, type RoomView } from "./contract.ts";
import { foldName, type Say } from "./input.ts";
import { Room } from "./room.ts";
import type { Visitor } from "./sign_in.ts";

/** The server as the chat has it. */
export type ChatServer = WebSocketServer<Visitor, ChatContract>;

/** Rooms that are always there. */
const PERMANENT_ROOMS = [LOBBY, "Coffee corner", "Questions"];

const MAX_ROOMS = 200;

/** The chat. */
export class Chat {
  readonly #server: ChatServer;
  /** By the name in which they are compared, which is their name on the server. */
  readonly #rooms = new Map(PERMANENT_ROOMS.map((name) => [foldName(name), new Room(name, true)]));
  readonly #joins = new WeakMap<object, Allowance>();

  /** Opens the chat on a server. */
  constructor(server: ChatServer) {
    this.#server = server;
    server.room("*", {
      join: (wish) => this.#enter(wish),
      onJoin: ({ connection, room }) => this.#moved("joined", { connection, room }),
      onLeave: ({ connection, room }) => {
        this.#moved("left", { connection, room });
        if (!server.rooms.has(room) && this.#rooms.get(room)?.isPermanent === false) this.#rooms.delete(room);
      },
      handlers: {
        say: (say, { connection, room = "" }) => this.#say(connection.data.claims.name, room, say, connection.id),
        typing: (_data, { connection, room = "" }) => {
          connection.broadcast({ type: "typing", room, data: { name: connection.data.claims.name } }, { room });
        },
      },
    });
    server.handle("whisper", (whisper, { connection }) => this.#whisper(connection.data.claims.name, whisper));
    server.handle("typing", ({ to }, { connection }) => {
      if (to === undefined) return;
      server.toUser(foldName(to)).send({ type: "typing", data: { name: connection.data.claims.name } });
    });
  }

  /** The rooms and how many are in each, the permanent ones first. */
  get rooms(): { name: string; people: number }[] {
    return [...this.#rooms].map(([id, { name }]) => ({ name, people: this.#server.members(id).size }));
  }

  /** Somebody wants to be in a room, which is made if need be. */
  #enter({ connection, room: id, data, isMember }: RoomContext<Visitor, ChatContract>): RoomView {
    const allowance = this.#joins.get(connection) ?? new Allowance(5, 25);
    this.#joins.set(connection, allowance);
    if (!isMember && !allowance.take()) {
      throw new MessageError("rate_limited", "You are too fast, please wait a moment");
    }
    if (id !== foldName(data.name)) throw new MessageError("bad_room", "This is not the name of the room");
    const room = this.#rooms.get(id) ?? new Room(data.name);
    if (!this.#rooms.has(id) && this.#rooms.size >= MAX_ROOMS) {
      throw new MessageError("too_many_rooms", "There are too many rooms already");
    }
    this.#rooms.set(id, room);
    const people = [connection, ...this.#server.members(id)].map((member) => member.data.claims.name);
    return { name: room.name, people: [...new Set(people)], lines: room.lines };
  }

  #moved(type: "joined" | "left", { connection, room }: Pick<RoomVisit<Visitor, ChatContract>, "connection" | "room">) {
    const data = { name: connection.data.claims.name, people: this.#server.members(room).size };
    this.#server.broadcast({ type, room, data }, { room, except: connection.id });
  }

  /** Something is said in a room: once, however often it is sent. */
  #say(from: string, id: string, { text, nonce }: Say, except: string): Line {
    const room = this.#rooms.get(id);
    if (room === undefined) throw new MessageError("not_joined", "This room does not exist");
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
