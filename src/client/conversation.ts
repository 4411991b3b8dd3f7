/**
 * What client and server say to each other beyond single messages: puts together who asks, who answers, rooms, token and
 * contract, and stands with them between the connection and the application.
 *
 * @module
 */

import {
  ConnectionClosedError,
  InvalidDataError,
  MessageError,
  OutboxFullError,
  RequestTimeoutError,
  UnknownTypeError,
} from "../errors.ts";
import type { Payload } from "../protocol/codec.ts";
import type { Contract } from "../protocol/contract.ts";
import {
  type MessageId,
  type Recovery,
  RESUME,
  type Sendable,
  type WebSocketMessage,
  type WelcomeMessage,
} from "../protocol/messages.ts";
import { answer, wantedBy } from "./answers.ts";
import { assemble, type ClientParts } from "./client.ts";
import type { ReconnectingClientConfig } from "./config.ts";
import { give } from "./connector.ts";
import type {
  ClientRequestOptions,
  ClientRoom,
  HistoryOptions,
  JoinOptions,
  RoomHistory,
  SendAckedOptions,
} from "./conversation_types.ts";
import type { TokenProvider } from "./credentials.ts";
import { createDelivery } from "./delivery.ts";
import type { ClientDialect } from "./dialect.ts";
import type { Dialogue } from "./dialogue.ts";
import { addHandler, type AnyHandler, type Handlers } from "./handlers.ts";
import type { UnreadMessage } from "./inbox.ts";
import { decodeMessage, isOurs, type Reserved } from "./managed_codec.ts";
import { createManagedDialect } from "./managed_dialect.ts";
import { misuse, toError } from "./misuse.ts";
import { createOutgoingCheck } from "./outgoing.ts";
import { createAlarm } from "./platform.ts";
import { PLAIN } from "./plain_dialect.ts";
import { toRemoteError } from "./remote_error.ts";
import { isAnswer } from "./session.ts";
import { createShelf } from "./shelf.ts";
import { exceeds } from "./size.ts";
import type { ClientAttempt, ClientClose, ClientSendOutcome, DropReason } from "./types.ts";

/** What a conversation can be told, beside what every client can. */
export interface ConversationConfig extends ReconnectingClientConfig {
  readonly protocol?: "managed" | "plain";
  readonly token?: TokenProvider;
  readonly contract?: Contract;
  readonly validateOutgoing?: boolean;
  readonly resume?: boolean;
}

/** A conversation. */
export interface Conversation {
  /** What the client is made of. */
  readonly parts: ClientParts;
  /** The rooms that were joined. */
  readonly rooms: readonly ClientRoom[];
  /** Handles the messages of one type. */
  handle(type: string, handler: AnyHandler): () => void;
  /** Asks the server, perhaps in a room. */
  request(type: string, data: unknown, options: ClientRequestOptions | undefined, room?: string): Promise<unknown>;
  /** Sends a message, and waits until the server has handled it. */
  sendAcked(message: Sendable, options?: SendAckedOptions): Promise<void>;
  /** Reads the log of a room. */
  history(room: string, options?: HistoryOptions): Promise<RoomHistory>;
  /** Answers a message by hand. */
  reply(id: MessageId, data: unknown): ClientSendOutcome;
  /** Joins a room. */
  join(name: string, data: unknown, options: JoinOptions | undefined): Promise<ClientRoom>;
}

/** What this client has beyond others. */
const MORE = {
  options: {
    token: null,
    contract: null,
    validateOutgoing: null,
    resume: null,
    welcomeTimeoutMs: 5_000,
    maxPendingRequests: 1_000,
  },
  events: { "room:left": [], recovery: [] },
} as const;

/**
 * Begins a conversation, in which nothing is said before `connect()`.
 *
 * @throws {TypeError} If `url` is missing or not one, or an option is unknown or of the wrong kind.
 * @throws {RangeError} If an option is out of bounds.
 */
export function converse(config: ConversationConfig): Conversation {
  const { protocol = "managed", token, contract, validateOutgoing = false, resume = true } = config;
  const isManaged = protocol === "managed";
  if (!isManaged && protocol !== "plain") throw misuse("protocol", '"managed" or "plain"', protocol);
  // A token must not get into an error's text.
  const tokenKind = typeof token;
  if (token !== undefined && !(isManaged && /string|function/.test(tokenKind))) {
    throw misuse("token", "a string, and the protocol managed", tokenKind);
  }
  if (contract && typeof contract !== "object") throw misuse("contract", "an object", contract);
  const reserved: Reserved = new WeakMap();
  const dialect: ClientDialect = isManaged
    ? createManagedDialect({
      reserved,
      hello: () => ({
        features: resume ? [RESUME] : [],
        token: dialogue?.token,
        ...resume && delivery.session.hello(),
      }),
      welcomeTimeoutMs: () => options.welcomeTimeoutMs,
      arrived: (message) => delivery.arrived(message),
      welcomed,
      control,
    })
    : PLAIN;

  const providers = token === undefined && !contract ? {} : { protocols: prepare };
  const parts = assemble({ ...config, ...providers }, dialect, MORE);
  const { options, announcer, core } = parts;
  const { maxQueuedMessages, maxUnreadMessages, maxUnreadBytes } = options;
  const { inbox, drop, put, send, stop } = core;
  const { tell } = announcer;
  const checkOutgoing = contract && validateOutgoing ? createOutgoingCheck(contract) : undefined;
  const handlers: Handlers = new Map();
  const delivery = createDelivery({
    options,
    core,
    announcer,
    reserved,
    concerns: (room) => dialogue?.rooms.concerns(room) ?? true,
    recovered: (recovery) => dialogue?.rooms.recovered(recovery),
  });
  let dialogue: Dialogue | undefined;
  /** What waits while that is being loaded, in its order, so that nothing overtakes a question: what is to be said … */
  let unsaid: ((failure?: unknown) => void)[] | undefined;
  /** … and what has come, and may be for a handler. */
  const unheard = createShelf<UnreadMessage>(
    maxUnreadMessages,
    maxUnreadBytes,
    (...what) => core.drop("receive", ...what as [WebSocketMessage, DropReason, number]),
  );
  /** How the last connection ended. */
  let end = { code: 1000, reason: "" };

  core.receive = (message, bytes) => {
    if (dialogue) return dialogue.receive(message, bytes);
    // Where nothing is asked and nothing is handled, there is nobody else to ask who it is for.
    if (!unsaid && !isOurs(message.type) && wantedBy(message) === undefined && !handlers.size) {
      return inbox.receive(message, bytes);
    }
    unheard.add({ message, bytes });
    if (!unsaid) load();
  };
  announcer.taken = delivery.handed;
  core.stop = (...how) => {
    core.connection?.flush?.();
    return stop(...how);
  };
  core.put = (message, frame) => {
    const isUrgent = !!dialogue?.asker.wantsAck(message);
    const kept = delivery.session.keep(message, frame, isUrgent, core.connection!.maxSendBytes);
    return kept !== undefined && put(message, kept);
  };
  core.drop = (direction, message, reason, limit) => {
    if (direction === "receive") delivery.handed(message as WebSocketMessage);
    if (!dialogue?.asker.dropped(message, reason, limit)) drop(direction, message, reason, limit);
  };
  core.send = (message, given) => {
    // What comes with its frame was checked where that was made.
    const frame = given ?? dialect.encode(message);
    const checking = given === undefined ? check(message) : undefined;
    if (!checking) return pass(message, frame);
    const copy = frame.slice() as Payload;
    checking.then(() => pass(message, copy), announcer.fail);
    return "queued";
  };
  announcer.tell = (name, event) => {
    // Before the application hears of it, and may ask and join again.
    if (name === "close") {
      const close = end = event as ClientClose;
      // Where the session may go on, so may what was asked on either side.
      dialogue?.closed(close, close.willReconnect && delivery.session.isAlive);
      delivery.closed(close.willReconnect);
    }
    tell(name, event);
    if (name === "open") delivery.opened();
    if (name === "message") delivery.handed(event as WebSocketMessage);
  };

  return {
    parts,
    get rooms() {
      return dialogue?.rooms.list ?? [];
    },
    handle(type, handler) {
      const off = addHandler(handlers, type, handler);
      if (dialogue) dialogue.handlerAdded();
      else if (!unsaid) load();
      return off;
    },
    request,
    async sendAcked(message, more) {
      more?.signal?.throwIfAborted();
      const frame = dialect.encode(message);
      const checking = check(message);
      if (checking) await checking;
      await talk((dialogue) => dialogue.sendAcked(frame, more));
    },
    history: (room, more) => talk((dialogue) => dialogue.history(room, more)),
    reply(id, data) {
      const whole = answer(isManaged ? "$" : "", id, data);
      // On another connection it would be the answer to another question.
      return canAnswer() ? core.send(...whole) : "closed";
    },
    async join(name, data, more) {
      if (!isManaged) throw new TypeError('WebSocketClient: there are no rooms with protocol "plain"');
      return await talk(({ rooms }) => rooms.join(name, data, more));
    },
  };

  /** Lets the dialogue do something: now, or as soon as it is loaded, and before anything that is sent from now on. */
  function talk<Result>(use: (dialogue: Dialogue) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = (failure?: unknown) => dialogue ? resolve(use(dialogue)) : reject(failure);
      if (dialogue) return run();
      if (!unsaid) load();
      unsaid!.push(run);
    });
  }

  async function load(): Promise<void> {
    const waiting = unsaid = [] as typeof unsaid & object;
    let failure: unknown;
    try {
      const { createDialogue } = await import("./dialogue.ts");
      dialogue = createDialogue({
        config,
        options,
        core,
        announcer,
        delivery,
        reserved,
        handlers,
        isManaged,
        resume,
        canAnswer,
        closedError,
        decode: (message) => decodeMessage(message, reserved),
        request,
        addHandler,
        answer,
        createAlarm,
        createShelf,
        exceeds,
        give,
        misuse,
        toError,
        toRemoteError,
        wantedBy,
        InvalidDataError,
        MessageError,
        OutboxFullError,
        RequestTimeoutError,
        UnknownTypeError,
      });
      dialogue.handlerAdded();
    } catch (error) {
      failure = error;
      // Who waits is told by a promise.
      if (!waiting[0]) announcer.fail(error);
    }
    unsaid = undefined;
    for (const run of waiting) run(failure);
    // What has come waits for the next attempt to load where this one has failed.
    for (let next; dialogue && (next = unheard.shift());) dialogue.receive(next.message, next.bytes);
    announcer.tellNews();
  }

  /** Sends, unless that would overtake what waits. */
  function pass(message: Sendable, frame: Payload): ClientSendOutcome {
    if (!unsaid || core.state.phase === "closing" || core.state.phase === "closed") return send(message, frame);
    if (unsaid.length < maxQueuedMessages) {
      const copy = frame.slice() as Payload;
      unsaid.push(() => {
        if (send(message, copy) === "closed") core.drop("send", message, "closed");
      });
      return "queued";
    }
    core.drop("send", message, "messages", maxQueuedMessages);
    announcer.tellNews();
    return "dropped";
  }

  function canAnswer(): boolean {
    return !!core.connection?.isOpen || delivery.session.isAlive;
  }

  function closedError(): ConnectionClosedError {
    return new ConnectionClosedError("Cannot get an answer: the connection is closed", end.code, end.reason);
  }

  /** Checks what is to be sent against the contract. */
  function check(message: Sendable): Promise<void> | undefined {
    const { type, data } = (message ?? {}) as Partial<WebSocketMessage>;
    return checkOutgoing?.(typeof type === "string" ? type : "$value", data);
  }

  /** Asked for with the subprotocols, as that is before each attempt. */
  async function prepare(attempt: ClientAttempt): Promise<string | readonly string[]> {
    const [protocols] = await Promise.all([
      give(config.protocols ?? [], attempt),
      talk((dialogue) => dialogue.prepare(attempt)),
    ]);
    return protocols;
  }

  /** A connection is set up, and what waits in the outbox is about to be sent. Returns whether the session goes on. */
  function welcomed(welcome: WelcomeMessage): boolean {
    const beginning = delivery.welcomed(resume ? welcome : { ...welcome, features: [] });
    const { isResumed, isLost, again } = beginning;
    const { items, remove } = core.outbox;
    // Who has asked is gone.
    if (isLost) { for (const entry of items) if (isAnswer(entry.frame)) remove(entry); }
    dialogue?.welcomed(beginning, welcome);
    for (const { frame } of again) core.connection!.send(frame);
    return isResumed;
  }

  function control(message: WebSocketMessage): WebSocketMessage | undefined {
    const { session } = delivery;
    const { type, room, n } = message;
    delivery.handed(message);
    switch (type) {
      case "$reply":
      case "$error":
      case "$cancel":
      case "$left":
        return message;
    }
    // What a later version of the protocol brings is not for us.
    if (!session.isActive) return undefined;
    if (type === "$ack") {
      for (const { message: sent } of session.acknowledged(n)) dialogue?.asker.handled(sent);
      core.flush();
      announcer.tellNews();
    } else if (type === "$joined" || type === "$skipped") {
      session.locate(room, message as Recovery);
      if (type === "$skipped") delivery.tell(room, message as Recovery);
    }
    return undefined;
  }

  async function request(
    type: string,
    data: unknown,
    options?: ClientRequestOptions,
    room?: string,
  ): Promise<unknown> {
    if (typeof type !== "string") throw misuse("type", "a string", type);
    const checking = checkOutgoing?.(type, data);
    if (checking) await checking;
    const frame = dialect.encode({ type, ...data !== undefined && { data }, ...room !== undefined && { room } });
    return await talk((dialogue) => dialogue.request(type, frame, options));
  }
}
