/**
 * The chat itself: people, rooms, and what happens when somebody comes, goes, writes or types.
 *
 * It keeps its rooms itself. A message is sent to a room by letting the server broadcast it to those connections whose
 * data says that they are in it: it is encoded once, however many they are.
 */

import type { WebSocketConnection, WebSocketMessage, WebSocketServer } from "@switchboard/websocket";
import { Allowance } from "./allowance.ts";
import { foldName, MAX_ROOMS_PER_PERSON, readMessage } from "./input.ts";
import type { Line, PageMessage, Place, ServerMessage } from "./messages.ts";
import { Room } from "./room.ts";

/** The room in which everybody is. */
export const LOBBY = "Lobby";

/** Rooms that are always there. */
const PERMANENT_ROOMS = [LOBBY, "Coffee corner", "Questions"];

const MAX_ROOMS = 200;

/** What the chat keeps with each connection. */
export class Visitor {
  /** `""` until they have entered. */
  name = "";
  /** By which the same page is known when it comes back. */
  key = "";
  readonly rooms = new Set<Room>();
  readonly requests = new Allowance(5, 25);
  readonly typing = new Allowance(1, 3);
}

type Connection = WebSocketConnection<Visitor>;

/** The chat. */
export class Chat {
  readonly #server: WebSocketServer<Visitor>;
  /** By folded name. */
  readonly #rooms = new Map(PERMANENT_ROOMS.map((name) => [foldName(name), new Room(name, true)]));
  /** The connections of those who have entered, by folded name. */
  readonly #people = new Map<string, Connection>();

  /** Opens the chat for the connections of `server`. */
  constructor(server: WebSocketServer<Visitor>) {
    this.#server = server;
  }

  /** The rooms and how many are in each, the permanent ones first. */
  get rooms(): { name: string; people: number }[] {
    return [...this.#rooms.values()].map(({ name, people }) => ({ name, people: people.size }));
  }

  /** Does what a connection asks for. */
  receive(connection: Connection, message: WebSocketMessage): void {
    const request = readMessage(message);
    if (request === undefined) return;
    const { name, requests, typing } = connection.data;
    if (request.type === "typing") {
      if (name !== "" && typing.take()) this.#typing(connection, request.data.place);
    } else if (!requests.take()) {
      this.#refuse(connection, "You are too fast, please wait a moment", request);
    } else if (request.type === "enter") {
      if (name === "") this.#enter(connection, request.data);
    } else if (name === "") {
      this.#refuse(connection, "You have not entered", request);
    } else if (request.type === "say") {
      this.#say(connection, request);
    } else if (request.type === "join") {
      this.#join(connection, request);
    } else {
      this.#leave(connection, request.data.room);
    }
  }

  /** A connection is gone: its person leaves all rooms, unless another connection has taken over. */
  gone(connection: Connection): void {
    const { name, rooms } = connection.data;
    if (this.#people.get(foldName(name)) === connection) this.#people.delete(foldName(name));
    for (const room of rooms) this.#depart(connection, room);
    rooms.clear();
  }

  #enter(connection: Connection, { name, key, rooms }: { name: string; key: string; rooms: readonly string[] }): void {
    const before = this.#people.get(foldName(name));
    if (name === "") return tell(connection, { type: "refused", data: { text: "Please choose a name" } });
    if (before !== undefined && (key === "" || before.data.key !== key)) {
      return tell(connection, { type: "refused", data: { text: "Somebody here has this name already" } });
    }
    connection.data.name = before?.data.name ?? name;
    connection.data.key = key;
    this.#people.set(foldName(name), connection);
    tell(connection, { type: "entered", data: { name: connection.data.name } });
    for (const room of new Set([LOBBY, ...rooms])) this.#join(connection, { type: "join", data: { room } });
    if (before === undefined) return;
    // The same page on a new connection, while we still took the old one for alive. It has never left.
    this.gone(before);
    before.close(4409, "the chat was opened elsewhere");
  }

  #join(connection: Connection, request: PageMessage & { type: "join" }): void {
    const { name, rooms } = connection.data;
    const wanted = request.data.room;
    const known = this.#rooms.get(foldName(wanted));
    if (rooms.size >= MAX_ROOMS_PER_PERSON && !(known && rooms.has(known))) {
      return this.#refuse(connection, `You cannot be in more than ${MAX_ROOMS_PER_PERSON} rooms`, request);
    }
    if (known === undefined && this.#rooms.size >= MAX_ROOMS) {
      return this.#refuse(connection, "There are too many rooms already", request);
    }
    const room = known ?? new Room(wanted);
    this.#rooms.set(foldName(wanted), room);
    rooms.add(room);
    const isNew = !room.people.has(name);
    room.people.add(name);
    tell(connection, { type: "room", data: { room: room.name, people: [...room.people], lines: room.lines } });
    const joined: ServerMessage = { type: "joined", data: { room: room.name, name, people: room.people.size } };
    if (isNew) this.#tellRoom(room, joined, connection);
  }

  #leave(connection: Connection, name: string): void {
    const room = this.#rooms.get(foldName(name));
    if (room === undefined || room.name === LOBBY || !connection.data.rooms.has(room)) return;
    connection.data.rooms.delete(room);
    this.#depart(connection, room);
  }

  /** Takes a person out of a room that their connection has left, unless they have another one in it. */
  #depart({ data: { name } }: Connection, room: Room): void {
    if (this.#people.get(foldName(name))?.data.rooms.has(room)) return;
    room.people.delete(name);
    this.#tellRoom(room, { type: "left", data: { room: room.name, name, people: room.people.size } });
    if (room.people.size === 0 && !room.isPermanent) this.#rooms.delete(foldName(room.name));
  }

  #say(connection: Connection, request: PageMessage & { type: "say" }): void {
    const { place, text, nonce } = request.data;
    if (text === "") return this.#refuse(connection, "There is nothing to read in it", request);
    const from = connection.data.name;
    const line: Line = { id: `${from}/${nonce}`, from, text, at: Date.now() };
    if ("room" in place) {
      const room = this.#rooms.get(foldName(place.room));
      if (room === undefined || !connection.data.rooms.has(room)) {
        return this.#refuse(connection, "You are not in this room", request);
      }
      const said: ServerMessage = { type: "said", data: { place: { room: room.name }, line } };
      if (room.add(line)) this.#tellRoom(room, said);
      else tell(connection, said);
    } else {
      const other = this.#people.get(foldName(place.person));
      if (other === undefined) return this.#refuse(connection, `${place.person} is not here`, request);
      tell(other, { type: "said", data: { place: { person: from }, line } });
      if (other === connection) return;
      tell(connection, { type: "said", data: { place: { person: other.data.name }, line } });
    }
  }

  #typing(connection: Connection, place: Place): void {
    const { name, rooms } = connection.data;
    if ("room" in place) {
      const room = this.#rooms.get(foldName(place.room));
      if (room === undefined || !rooms.has(room)) return;
      this.#tellRoom(room, { type: "typing", data: { place: { room: room.name }, name } }, connection);
    } else {
      const other = this.#people.get(foldName(place.person));
      if (other !== undefined) tell(other, { type: "typing", data: { place: { person: name }, name } });
    }
  }

  #refuse(connection: Connection, text: string, { type, data }: PageMessage): void {
    const nonce = type === "say" ? { nonce: data.nonce } : {};
    tell(connection, { type: "problem", data: { text, ...nonce } });
  }

  #tellRoom(room: Room, message: ServerMessage, except?: Connection): void {
    this.#server.broadcast(message, { where: (each) => each !== except && each.data.rooms.has(room) });
  }
}

/** Sends to one connection; the type sees to it that the page knows the message. */
function tell(connection: Connection, message: ServerMessage): void {
  connection.send(message);
}
