/**
 * What the page knows and does: its connection, its person, its conversations. It shows nothing itself.
 *
 * The client comes back by itself when the connection is lost, signs in again, is in its rooms again, gets what was said
 * meanwhile, and sends what was written; what the page adds is a note where something may be missing.
 */

import {
  type ClientAttempt,
  type ClientClose,
  type ClientRoom,
  RemoteError,
  WebSocketClient,
} from "@switchboard/websocket/client";
import { type ChatContract, contract, type Figures, type Line, LOBBY, type Move, type RoomView } from "../contract.ts";
import { foldName } from "../input.ts";
import { type Conversation, type Place, TYPING_MS } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import { loadSession, randomText, saveSession, type Session, signIn, SignInRefused } from "./session.ts";

/** How often we tell that we are typing, at most. */
const TYPING_INTERVAL_MS = 3_000;

/** A line is sent until it is answered: the server knows one that it has got already. */
const PERSISTENT = { timeoutMs: Infinity, retries: Infinity };

/** How the page stands with the chat: outside, on its way in, or in. */
export type Stage = "outside" | "entering" | "inside";

/** The chat as one page sees it. */
export class ChatModel {
  readonly client: WebSocketClient<ChatContract>;
  readonly #session: Session = loadSession();
  readonly #conversations = new Conversations();
  readonly #changed: () => void;
  stage: Stage = "outside";
  figures: Figures = { connections: 0, received: 0, sent: 0, rooms: [] };
  /** What went wrong last, to be told to the person. */
  problem = "";
  /** When the connection was lost, and for how long it was. */
  #lostAt: number | undefined;
  #lostSeconds = 0;
  /** Whether the server had kept our place. */
  #isResumed = false;
  #typedAt = 0;
  #leaving: Promise<void> | undefined;

  /** `changed` is called whenever there is something else to show. */
  constructor(changed: () => void) {
    this.#changed = changed;
    this.client = new WebSocketClient({
      url: "/ws",
      contract,
      token: (attempt) => this.#token(attempt),
      reconnect: { retryFirst: true, maxDelayMs: 10_000, spreadWindowMs: 3_000 },
      handlers: {
        onOpen: ({ resumed }) => this.#opened(resumed),
        onClose: (close) => this.#closed(close),
        onError: (error) => console.warn(error.message),
      },
    });
    this.client.on("waiting", () => {
      if (this.open === undefined) this.problem = "The server cannot be reached at the moment";
      changed();
    });
    this.client.handle("figures", (figures) => {
      this.figures = figures;
      changed();
    });
    this.client.on("recovery", async ({ room, recovered }) => {
      if (!recovered) await this.#missed(room);
    });
    this.client.on("room:left", ({ room }) => this.#drop(this.#conversations.at({ room })));
    this.client.handle("whispered", (line) => this.#put(this.#conversations.at({ person: line.from }), line));
    this.client.handle("typing", ({ name }) => this.#typing(this.#conversations.find({ person: name }), name));
  }

  /** Our name; `""` outside. */
  get name(): string {
    return this.#session.name;
  }

  /** All conversations: the rooms first, in the order in which we came into them. */
  get conversations(): readonly Conversation[] {
    return this.#conversations.all;
  }

  /** The one that is shown. */
  get open(): Conversation | undefined {
    return this.#conversations.open;
  }

  /** Whether somebody is here. */
  isHere(name: string): boolean {
    return this.#conversations.isHere(name);
  }

  /** Goes in again, where this tab was in before it was loaded. */
  resume(): void {
    if (this.name !== "") this.enter(this.name);
  }

  /** Connects, or tries again now. */
  connect(): void {
    // Why it was closed, should it be, is told by onClose.
    this.client.connect().catch(() => {});
  }

  /** Goes in under a name. */
  async enter(name: string): Promise<void> {
    this.#session.name = name.trim();
    this.problem = this.name === "" ? "Please choose a name" : "";
    if (this.name === "") return this.#changed();
    this.stage = "entering";
    this.#changed();
    await this.#leaving;
    this.connect();
  }

  /** Goes out, and forgets everything. */
  exit(problem = ""): void {
    Object.assign(this.#session, { name: "", token: "", rooms: [], open: "" });
    saveSession(this.#session);
    this.#conversations.clear();
    this.#lostAt = undefined;
    this.stage = "outside";
    this.problem = problem;
    this.#leaving = this.client.disconnect();
    this.#changed();
  }

  /** Shows a conversation; goes into the room, or begins to talk to the person, if need be. */
  show(place: Place): void {
    this.problem = "";
    const known = this.#conversations.find(place);
    if (known === undefined && "room" in place) {
      if (this.client.isConnected()) this.#join(place.room, true);
      else this.problem = "Rooms can be entered when the connection is back";
    } else {
      this.#select(known ?? this.#conversations.at(place));
    }
    this.#changed();
  }

  /** Leaves a room, or puts a private conversation away. */
  leave(conversation: Conversation): void {
    this.#drop(conversation);
    // Should the connection be away, the server has taken us out already.
    conversation.room?.leave().catch(() => {});
  }

  /** Says something in the conversation that is shown. */
  say(text: string): void {
    if (this.open !== undefined && text.trim() !== "") this.#say(this.open, text.trim());
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
    if (this.open === undefined || now - this.#typedAt < TYPING_INTERVAL_MS || !this.client.isConnected()) return;
    this.#typedAt = now;
    const { isPrivate, title, room } = this.open;
    if (isPrivate) this.client.send({ type: "typing", data: { to: title } });
    else room?.send({ type: "typing", data: {} });
  }

  /** The person looks at the page: what is shown is read. */
  look(): void {
    if (this.open === undefined || this.open.unread === 0) return;
    this.open.unread = 0;
    this.#changed();
  }

  /** What we sign in with; a new one when it ends soon, or the server does not take it. */
  async #token({ reason }: ClientAttempt): Promise<string> {
    try {
      if (this.#session.token === "" || reason === "renew") await signIn(this.#session);
      saveSession(this.#session);
    } catch (error) {
      if (error instanceof SignInRefused) this.exit(error.message);
      throw error;
    }
    return this.#session.token;
  }

  #opened(isResumed: boolean): void {
    this.#isResumed = isResumed;
    this.stage = "inside";
    this.problem = "";
    this.#lostSeconds = Math.max(1, Math.round((Date.now() - (this.#lostAt ?? Date.now())) / 1000));
    this.#lostAt = undefined;
    // After a loss the client joins them again by itself; not when it was closed meanwhile.
    const joined = this.client.rooms.map(({ name }) => name);
    for (const name of new Set([LOBBY, ...this.#session.rooms])) {
      if (!joined.includes(foldName(name))) this.#join(name, name === this.#session.open);
    }
    this.#changed();
  }

  #closed({ code, willReconnect }: ClientClose): void {
    this.#lostAt ??= Date.now();
    if (code === 4401 && !willReconnect) return this.exit("You are not signed in any more");
    if (this.stage === "inside") this.stage = "entering";
    this.#changed();
  }

  async #join(name: string, isWanted: boolean): Promise<void> {
    const isNew = this.#conversations.find({ room: name }) === undefined;
    const conversation = this.#conversations.at({ room: name });
    try {
      const room: ClientRoom<ChatContract> = await this.client.join(foldName(name), { name }, {
        handlers: {
          said: (line) => this.#put(conversation, line),
          joined: (move) => this.#moved(conversation, "joined", move),
          left: (move) => this.#moved(conversation, "left", move),
          typing: ({ name }) => this.#typing(conversation, name),
        },
        // In a place that was kept, nobody has asked for a view: what we have is right, or looked at by #missed().
        onRejoin: (view, { recovered }) => this.#isResumed || this.#entered(conversation, view, recovered),
      });
      conversation.room = room;
      this.#entered(conversation, room.reply, isNew);
      if (isNew) conversation.unread = 0; // it was said before we came
      if (isWanted || this.open === undefined) this.#select(conversation);
    } catch (error) {
      if (isNew) this.#drop(conversation);
      if (error instanceof RemoteError) this.problem = error.message;
    }
    this.#changed();
  }

  /** What was said meanwhile cannot all be had any more: in a room, or to us alone. */
  async #missed(id: string): Promise<void> {
    const privates = id === "$inbox" ? this.conversations.filter(({ isPrivate }) => isPrivate) : [];
    for (const conversation of privates) this.#warn(conversation, true);
    this.#changed();
    const conversation = this.conversations.find(({ room }) => room?.name === id);
    // Where it is joined again, its view comes with that.
    if (conversation?.room?.isJoined) this.#entered(conversation, await conversation.room.request("look"), false);
  }

  #warn(conversation: Conversation, isMissing: boolean): void {
    const warning = isMissing ? "; you may have missed some messages" : "";
    conversation.note(`Connected again after ${this.#lostSeconds} s${warning}`);
  }

  /** We are in a room, at first or again; `isWhole` says whether what was said meanwhile follows, if there was a meanwhile. */
  #entered(conversation: Conversation, { name, people, lines }: RoomView, isWhole: boolean): void {
    conversation.title = name;
    conversation.people.clear();
    for (const person of people) conversation.people.add(person);
    if (!isWhole) this.#warn(conversation, conversation.hasLines && !lines.some(({ id }) => conversation.has(id)));
    for (const line of lines) this.#put(conversation, line);
    if (!this.#session.rooms.includes(name)) this.#session.rooms.push(name);
    saveSession(this.#session);
    this.#changed();
  }

  #moved(conversation: Conversation, type: "joined" | "left", { name, people }: Move): void {
    if (name === this.name) return; // of a stay before this one
    if (type === "joined") conversation.people.add(name);
    else conversation.people.delete(name);
    conversation.stopTyping(name);
    conversation.note(`${name} ${type} · ${people === 1 ? "1 person" : `${people} people`} here`);
    this.#changed();
  }

  #typing(conversation: Conversation | undefined, name: string): void {
    conversation?.startTyping(name);
    setTimeout(this.#changed, TYPING_MS + 1);
    this.#changed();
  }

  #put(conversation: Conversation, line: Line): void {
    const isNew = conversation.put(line, "said");
    const isSeen = conversation === this.open && document.visibilityState === "visible";
    if (isNew && !isSeen && line.from !== this.name) conversation.unread++;
    this.#changed();
  }

  async #say(conversation: Conversation, text: string): Promise<void> {
    const nonce = randomText();
    const line = { id: `${this.name}/${nonce}`, from: this.name, text, at: Date.now() };
    conversation.put(line, "waiting");
    this.#changed();
    const { isPrivate, title, room } = conversation;
    try {
      const said = isPrivate
        ? await this.client.request("whisper", { to: title, text, nonce }, PERSISTENT)
        : await room?.request("say", { text, nonce }, PERSISTENT);
      this.#put(conversation, said ?? line);
    } catch (error) {
      conversation.refuse(line.id, error instanceof RemoteError ? error.message : "There is no connection");
      this.#changed();
    }
  }

  #select(conversation: Conversation): void {
    this.#conversations.select(conversation);
    if (!conversation.isPrivate) this.#session.open = conversation.title;
    saveSession(this.#session);
  }

  #drop(conversation: Conversation): void {
    this.#conversations.remove(conversation);
    this.#session.rooms = this.#session.rooms.filter((room) => foldName(room) !== foldName(conversation.title));
    saveSession(this.#session);
    this.#changed();
  }
}
