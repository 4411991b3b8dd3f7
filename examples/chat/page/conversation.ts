/**
 * One conversation as the page knows it: in a room, or with one person in private.
 */

import type { ClientRoom } from "@switchboard/websocket/client";
import type { ChatContract, Line } from "../contract.ts";
import { foldName } from "../input.ts";

/** Where something is said: in a room, or to one person in private. */
export type Place = { readonly room: string } | { readonly person: string };

/** What a line that we wrote has come to: the server has it, has not confirmed it yet, or refused it. */
export type LineState = "said" | "waiting" | "refused";

/** What is shown in a conversation: a line, or a note about what happened. Never changed, only replaced. */
export type Entry =
  | {
    readonly kind: "line";
    readonly id: string;
    readonly line: Line;
    readonly state: LineState;
    readonly why?: string;
  }
  | { readonly kind: "note"; readonly id: string; readonly text: string; readonly at: number };

/** How many entries are kept. */
const MAX_ENTRIES = 500;

/** How long somebody counts as typing after they were last reported to. */
export const TYPING_MS = 4_000;

/** Tells conversations apart. */
export function idOf(place: Place): string {
  return "room" in place ? `room ${foldName(place.room)}` : `person ${foldName(place.person)}`;
}

/** A conversation. */
export class Conversation {
  readonly place: Place;
  readonly id: string;
  /** The name of the room, or of the other person, as it is written. */
  title: string;
  /** The room as the client has it; `undefined` for a private one, and before the server has let us in. */
  room: ClientRoom<ChatContract> | undefined;
  /** Who is in the room. */
  readonly people = new Set<string>();
  /** How many lines came that nobody has looked at. */
  unread = 0;
  /** What stands in the field and was not sent yet. */
  draft = "";
  #entries: readonly Entry[] = [];
  #notes = 0;
  readonly #typing = new Map<string, number>();

  /** Begins one. */
  constructor(place: Place) {
    this.place = place;
    this.id = idOf(place);
    this.title = "room" in place ? place.room : place.person;
  }

  /** Whether it is with one person. */
  get isPrivate(): boolean {
    return "person" in this.place;
  }

  /** What is shown, the oldest first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Whether the server has confirmed any of the lines. */
  get hasLines(): boolean {
    return this.#entries.some((entry) => entry.kind === "line" && entry.state === "said");
  }

  /** Whether a line with this id is shown. */
  has(id: string): boolean {
    return this.#entries.some((entry) => entry.id === id);
  }

  /** Shows a line, or what has become of one that is shown already. Tells whether it is a new one. */
  put(line: Line, state: LineState, why?: string): boolean {
    const entry: Entry = { kind: "line", id: line.id, line, state, ...(why === undefined ? {} : { why }) };
    this.#typing.delete(line.from);
    if (this.has(line.id)) {
      this.#entries = this.#entries.map((shown) => shown.id === line.id ? entry : shown);
      return false;
    }
    this.#add(entry);
    return true;
  }

  /** Marks a line of ours that the server refused. */
  refuse(id: string, why: string): void {
    const entry = this.#entries.find((shown) => shown.id === id);
    if (entry?.kind === "line") this.put(entry.line, "refused", why);
  }

  /** Takes a line away. */
  remove(id: string): void {
    this.#entries = this.#entries.filter((shown) => shown.id !== id);
  }

  /** Adds a note about something that happened. */
  note(text: string): void {
    this.#add({ kind: "note", id: `note ${++this.#notes}`, text, at: Date.now() });
  }

  /** Somebody is typing. */
  startTyping(name: string): void {
    this.#typing.set(name, Date.now() + TYPING_MS);
  }

  /** Somebody is gone, and types no longer. */
  stopTyping(name: string): void {
    this.#typing.delete(name);
  }

  /** Who is typing at this moment. */
  get typing(): readonly string[] {
    const now = Date.now();
    return [...this.#typing].filter(([, until]) => until > now).map(([name]) => name);
  }

  #add(entry: Entry): void {
    this.#entries = [...this.#entries, entry].slice(-MAX_ENTRIES);
  }
}
