/**
 * What the page knows and does: its connection, its person, its conversations. It shows nothing itself.
 *
 * The client comes back by itself when the connection is lost. What the chat adds: on every connection the page says
 * who it is and in which rooms, and what was written and not confirmed meanwhile is sent again.
 */

import { type ClientClose, WebSocketClient, type WebSocketMessage } from "@switchboard/websocket/client";
import type { Figures, Line, PageMessage, Place, ServerMessage } from "../messages.ts";
import { Conversation, idOf, TYPING_MS } from "./conversation.ts";
import { loadSession, randomText, saveSession, type Session } from "./session.ts";

/** How often we tell that we are typing, at most. */
const TYPING_INTERVAL_MS = 3_000;

/** How the page stands with the chat: outside, on its way in, or in. */
export type Stage = "outside" | "entering" | "inside";

/** The chat as one page sees it. */
export class ChatModel {
  readonly client: WebSocketClient;
  readonly #session: Session = loadSession();
  readonly #conversations = new Map<string, Conversation>();
  readonly #changed: () => void;
  stage: Stage = "outside";
  figures: Figures = { connections: 0, received: 0, sent: 0, rooms: [] };
  /** What went wrong last, to be told to the person. */
  problem = "";
  /** When the connection was lost, and for how long it was. */
  #lostAt: number | undefined;
  #lostSeconds = 0;
  /** The rooms in which we were then, and are not yet again. */
  #returning = new Set<Conversation>();
  #open: Conversation | undefined;
  /** Whether the next room that we get into is to be shown. */
  #opensNext = false;
  #typedAt = 0;
  /** Under which name we were in before. */
  #lastName = "";

  /** `changed` is called whenever there is something else to show. */
  constructor(changed: () => void) {
    this.#changed = changed;
    this.client = new WebSocketClient({
      url: "/ws",
      reconnect: { retryFirst: true, maxDelayMs: 10_000, spreadWindowMs: 3_000 },
      // The client's own queue would send what was written before the server knows who we are.
      maxQueuedMessages: 0,
      handlers: {
        onOpen: () => this.#opened(),
        onMessage: (message) => this.#received(message),
        onClose: (close) => this.#closed(close),
        onError: (error) => console.warn(error.message),
      },
    });
  }

  /** Our name; `""` outside. */
  get name(): string {
    return this.#session.name;
  }

  /** All conversations: the rooms first, in the order in which we came into them. */
  get conversations(): readonly Conversation[] {
    return [...this.#conversations.values()].sort((a, b) => Number(a.isPrivate) - Number(b.isPrivate));
  }

  /** The one that is shown. */
  get open(): Conversation | undefined {
    return this.#open;
  }

  /** Whether somebody is here. */
  isHere(name: string): boolean {
    return [...this.#conversations.values()].some(({ people }) => people.has(name));
  }

  /** Connects, or tries again now. */
  connect(): void {
    // Why it was closed, should it be, is told by onClose.
    this.client.connect().catch(() => {});
  }

  /** Goes in under a name. */
  enter(name: string): void {
    this.#session.name = name.trim();
    this.problem = this.name === "" ? "Please choose a name" : "";
    if (this.name !== "") this.stage = "entering";
    this.#introduce();
    this.#changed();
  }

  /** Goes out, and forgets everything. */
  exit(): void {
    this.#session.name = "";
    this.#session.rooms = [];
    this.#session.open = "";
    this.#forget();
    this.stage = "outside";
    saveSession(this.#session);
    // A new connection is the simplest way to be nobody again.
    this.client.disconnect().then(() => this.connect());
    this.#changed();
  }

  /** Shows a conversation; goes into the room, or begins to talk to the person, if need be. */
  show(place: Place): void {
    this.problem = "";
    const known = this.#conversations.get(idOf(place));
    if (known === undefined && "room" in place) {
      this.#opensNext = this.#send({ type: "join", data: place });
      if (!this.#opensNext) this.problem = "Rooms can be entered when the connection is back";
    } else {
      this.#select(known ?? this.#begin(place));
      saveSession(this.#session);
    }
    this.#changed();
  }

  /** Leaves a room, or puts a private conversation away. */
  leave(conversation: Conversation): void {
    const { id, place, title } = conversation;
    this.#conversations.delete(id);
    if ("room" in place) {
      this.#session.rooms = this.#session.rooms.filter((room) => room !== title);
      this.#send({ type: "leave", data: place });
    }
    const [first] = this.conversations;
    if (this.#open === conversation && first !== undefined) this.#select(first);
    saveSession(this.#session);
    this.#changed();
  }

  /** Says something in the conversation that is shown. */
  say(text: string): void {
    if (this.#open !== undefined && text.trim() !== "") this.#say(this.#open, text.trim());
    this.#typedAt = 0;
  }

  /** Says again what the server has refused. */
  sayAgain(conversation: Conversation, { id, text }: Line): void {
    conversation.remove(id);
    this.#say(conversation, text);
  }

  /** Tells the others that we are typing, not too often. */
  type(): void {
    const now = Date.now();
    if (this.#open === undefined || now - this.#typedAt < TYPING_INTERVAL_MS) return;
    if (this.#send({ type: "typing", data: { place: this.#open.place } })) this.#typedAt = now;
  }

  /** The person looks at the page: what is shown is read. */
  look(): void {
    if (this.#open === undefined || this.#open.unread === 0) return;
    this.#open.unread = 0;
    this.#changed();
  }

  #opened(): void {
    if (this.name !== "") this.stage = "entering";
    this.#introduce();
    this.#changed();
  }

  #closed({ willReconnect }: ClientClose): void {
    this.#lostAt ??= Date.now();
    if (this.stage === "inside" || willReconnect) this.stage = this.name === "" ? "outside" : "entering";
    this.#changed();
  }

  /** Says who we are, and in which rooms. */
  #introduce(): void {
    const { name, key, rooms } = this.#session;
    if (name !== "") this.#send({ type: "enter", data: { name, key, rooms } }, true);
  }

  #received(message: WebSocketMessage): void {
    const { type, data } = message as unknown as ServerMessage;
    switch (type) {
      case "figures":
        this.figures = data;
        break;
      case "entered":
        this.#entered(data.name);
        break;
      case "refused":
        this.stage = "outside";
        this.#session.name = "";
        this.problem = data.text;
        break;
      case "room":
        this.#inRoom(data);
        break;
      case "joined":
      case "left":
        this.#moved(type, data);
        break;
      case "said":
        this.#put(this.#conversations.get(idOf(data.place)) ?? this.#begin(data.place), data.line);
        break;
      case "typing":
        this.#conversations.get(idOf(data.place))?.startTyping(data.name);
        setTimeout(this.#changed, TYPING_MS + 1);
        break;
      case "problem":
        this.#refused(data);
        break;
    }
    this.#changed();
  }

  #entered(name: string): void {
    this.#session.name = name;
    saveSession(this.#session);
    this.stage = "inside";
    this.#lostSeconds = Math.max(1, Math.round((Date.now() - (this.#lostAt ?? Date.now())) / 1000));
    this.#lostAt = undefined;
    if (name !== this.#lastName) this.#forget();
    this.#lastName = name;
    this.#returning = new Set(this.#conversations.values());
    for (const conversation of this.#conversations.values()) {
      for (const line of conversation.waiting) this.#sendLine(conversation, line);
    }
  }

  #inRoom({ room, people, lines }: { room: string; people: readonly string[]; lines: readonly Line[] }): void {
    const known = this.#conversations.get(idOf({ room }));
    const conversation = known ?? this.#begin({ room });
    conversation.people.clear();
    for (const name of people) conversation.people.add(name);
    if (this.#returning.delete(conversation)) {
      const mayMiss = conversation.hasLines && !lines.some(({ id }) => conversation.has(id));
      const warning = mayMiss ? "; some messages may be missing" : "";
      conversation.note(`Connected again after ${this.#lostSeconds} s${warning}`);
    }
    for (const line of lines) this.#put(conversation, line);
    if (known === undefined) conversation.unread = 0; // it was said before we came
    if (this.#opensNext || (known === undefined && this.#session.open === room)) this.#select(conversation);
    this.#open ??= conversation;
    this.#opensNext = false;
    if (!this.#session.rooms.includes(room)) this.#session.rooms.push(room);
    saveSession(this.#session);
  }

  #moved(type: "joined" | "left", { room, name, people }: { room: string; name: string; people: number }): void {
    const conversation = this.#conversations.get(idOf({ room }));
    if (conversation === undefined) return;
    if (type === "joined") conversation.people.add(name);
    else conversation.people.delete(name);
    conversation.stopTyping(name);
    conversation.note(`${name} ${type} · ${people === 1 ? "1 person" : `${people} people`} here`);
  }

  #put(conversation: Conversation, line: Line): void {
    const isNew = conversation.put(line, "said");
    const isSeen = conversation === this.#open && document.visibilityState === "visible";
    if (isNew && !isSeen && line.from !== this.name) conversation.unread++;
  }

  #refused({ text, nonce }: { text: string; nonce?: string }): void {
    this.#opensNext = false;
    if (nonce === undefined) this.problem = text;
    for (const conversation of this.#conversations.values()) conversation.refuse(`${this.name}/${nonce}`, text);
  }

  #begin(place: Place): Conversation {
    const conversation = new Conversation(place);
    this.#conversations.set(conversation.id, conversation);
    return conversation;
  }

  #select(conversation: Conversation): void {
    this.#open = conversation;
    conversation.unread = 0;
    if (!conversation.isPrivate) this.#session.open = conversation.title;
  }

  #forget(): void {
    this.#conversations.clear();
    this.#open = undefined;
  }

  #say(conversation: Conversation, text: string): void {
    const line = { id: `${this.name}/${randomText()}`, from: this.name, text, at: Date.now() };
    conversation.put(line, "waiting");
    this.#sendLine(conversation, line);
    this.#changed();
  }

  #sendLine({ place }: Conversation, { id, text }: Line): void {
    this.#send({ type: "say", data: { place, text, nonce: id.slice(id.lastIndexOf("/") + 1) } });
  }

  /** Sends, if the server knows who we are or is being told. What cannot be sent now is sent again by who needs it. */
  #send(message: PageMessage, isIntroduction = false): boolean {
    if (!this.client.isConnected() || (this.stage !== "inside" && !isIntroduction)) return false;
    return this.client.send(message) !== "dropped";
  }
}
