/**
 * What the chat's page and its server say to each other. Both import it: it gives them types, and cleans what arrives at
 * the server.
 *
 * A room's name on the wire is its name in the form in which names are compared; how it is written is told beside it.
 */

import { defineContract, type Schema } from "@switchboard/websocket/protocol";
import { type Join, readJoin, readSay, readTyping, readWhisper, type Say, type Typing, type Whisper } from "./input.ts";

/** The room in which everybody is. */
export const LOBBY = "Lobby";

/** Something that was said. */
export interface Line {
  /** Chosen by the sender's page, under the sender's name: the same line sent twice has the same id. */
  readonly id: string;
  readonly from: string;
  readonly text: string;
  /** When the server got it, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** A room as one finds it: how its name is written, who is in it (oneself too), what was said last. */
export interface RoomView {
  readonly name: string;
  readonly people: readonly string[];
  readonly lines: readonly Line[];
}

/** Somebody has come or gone, and so many are there now. */
export interface Move {
  readonly name: string;
  readonly people: number;
}

/** How busy the server is. */
export interface Figures {
  readonly connections: number;
  /** Messages per second that the server received, and handed to sockets. */
  readonly received: number;
  readonly sent: number;
  /** The rooms, and how many people are in each. */
  readonly rooms: readonly Move[];
}

/** The contract. Any schema library would do; here a schema is a function that makes of a value what is safe, or nothing. */
export const contract = defineContract({
  title: "Switchboard chat",
  version: "1.0.0",
  client: {
    /** In a room: to all in it. Otherwise to one person. */
    typing: schema<Typing>(readTyping),
  },
  requests: {
    /** In a room; answered with the line as all others get it. */
    say: { data: schema<Say>(readSay), reply: believed<Line>() },
    /** To one person. */
    whisper: { data: schema<Whisper>(readWhisper), reply: believed<Line>() },
    /** In a room, for who may have missed something: how it is now. */
    look: { reply: believed<RoomView>() },
  },
  server: {
    /** In a room, to its members: said, joined, left and, in a room, typing. */
    said: believed<Line>(),
    joined: believed<Move>(),
    left: believed<Move>(),
    typing: believed<{ readonly name: string }>(),
    whispered: believed<Line>(),
    /** Once a second, to everybody. */
    figures: believed<Figures>(),
  },
  rooms: {
    "*": { data: schema<Join>(readJoin), reply: believed<RoomView>() },
  },
});

/** The type of the contract. */
export type ChatContract = typeof contract;

function schema<Value>(read: (value: unknown) => Value | undefined): Schema<Value> {
  const invalid = { issues: [{ message: "It makes no sense" }] };
  const validate = (value: unknown) => {
    const safe = read(value);
    return safe === undefined ? invalid : { value: safe };
  };
  return { "~standard": { version: 1, vendor: "chat", validate } };
}

/** What the page's own server sends is taken as it is. */
function believed<Value>(): Schema<Value> {
  return schema((value) => value as Value);
}
