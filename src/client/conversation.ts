/**
 * What client and server say to each other beyond single messages: puts together who asks, who answers, rooms, token and
 * contract, and stands with them between the connection and the application.
 *
 * @module
 */

import {
  ConnectionClosedError,
  InvalidDataError,
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
import { createAnswerer } from "./answerer.ts";
import type { Asking } from "./asking.ts";
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
import type { Credentials, TokenProvider } from "./credentials.ts";
import { createDelivery } from "./delivery.ts";
import type { ClientDialect } from "./dialect.ts";
import { createDispatcher, type Dispatcher } from "./dispatcher.ts";
import type { Gate } from "./gate.ts";
import { addHandler, type AnyHandler } from "./handlers.ts";
import { decodeMessage, type Reserved } from "./managed_codec.ts";
import { createManagedDialect } from "./managed_dialect.ts";
import { misuse, toError } from "./misuse.ts";
import { createOutgoingCheck } from "./outgoing.ts";
import { createAlarm } from "./platform.ts";
import { PLAIN } from "./plain_dialect.ts";
import { toRemoteError } from "./remote_error.ts";
import type { Rooms } from "./rooms.ts";
import { isAnswer } from "./session.ts";
import type { Shared } from "./shared.ts";
import { createShelf } from "./shelf.ts";
import { exceeds } from "./size.ts";
import type { ClientAttempt, ClientClose, ClientSendOutcome } from "./types.ts";

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
        token: credentials?.token,
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
  const { platform, maxQueuedMessages } = options;

  const answerer = createAnswerer({
    core,
    announcer,
    canAnswer: () => !!core.connection?.isOpen || delivery.session.isAlive,
    mark: isManaged ? "$" : "",
    checkReply: (type, data) => gate?.checkReply(type, data),
  });
  const delivery = createDelivery({
    options,
    core,
    announcer,
    reserved,
    recovered: (recovery) => asking?.rooms.recovered(recovery),
  });
  const findInRooms: Rooms["find"] = (...message) => asking?.rooms.find(...message) ?? [];
  const dispatcher: Dispatcher = createDispatcher({
    core,
    announcer,
    answerer,
    findInRooms,
    reserved,
    now: () => platform.now(),
  });
  const checkOutgoing = contract && validateOutgoing ? createOutgoingCheck(contract) : undefined;
  /** What holds messages to the contract, and what has the token: where they are wanted, there before a connection is. */
  let gate: Gate | undefined;
  let credentials: Credentials | undefined;
  const shared: Shared = {
    options,
    core,
    announcer,
    answerer,
    delivery,
    isManaged,
    resume,
    validateOutgoing,
    gate: () => gate,
    ask,
    request,
    deliver: dispatcher.deliver,
    handlerAdded: dispatcher.handlerAdded,
    decode: (message) => decodeMessage(message, reserved),
    closedError,
    addHandler,
    createAlarm,
    createShelf,
    exceeds,
    give,
    misuse,
    toError,
    toRemoteError,
    InvalidDataError,
    OutboxFullError,
    RequestTimeoutError,
    UnknownTypeError,
  };
  /** What asks, from the first question on. */
  let asking: Asking | undefined;
  /** What has to wait while that is being loaded, in its order: nothing that is sent may overtake a question. */
  let held: ((failure?: unknown) => void)[] | undefined;
  /** How the last connection ended. */
  let end = { code: 1000, reason: "" };

  const { drop, send, stop } = core;
  const { tell } = announcer;

  core.receive = (message, bytes) => {
    const { type } = message;
    const isError = type === "error";
    if (!isManaged && (isError || type === "reply") && asking?.asker.answered(message, isError)) return;
    const exchange = dispatcher.begin(message);
    if (!exchange) delivery.handed(message);
    else if (gate) gate.take(exchange, bytes);
    else dispatcher.deliver(exchange, bytes);
  };
  core.handed = delivery.handed;
  core.stop = (...how) => {
    core.connection?.flush?.();
    return stop(...how);
  };
  core.admit = (message, frame) => {
    const isUrgent = !!asking?.asker.wantsAck(message);
    return delivery.session.keep(message, frame, isUrgent, core.connection!.maxSendBytes);
  };
  core.drop = (direction, message, reason, limit) => {
    if (direction === "receive") delivery.handed(message as WebSocketMessage);
    if (!asking?.asker.dropped(message, reason, limit)) drop(direction, message, reason, limit);
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
      const isSuspended = close.willReconnect && delivery.session.isAlive;
      asking?.closed(close, isSuspended);
      credentials?.closed();
      if (!isSuspended) answerer.closed(closedError());
      delivery.closed(close.willReconnect);
    }
    tell(name, event);
    if (name === "open") delivery.opened();
  };

  return {
    parts,
    get rooms() {
      return asking?.rooms.list ?? [];
    },
    handle: dispatcher.handle,
    request,
    async sendAcked(message, more) {
      more?.signal?.throwIfAborted();
      const frame = dialect.encode(message);
      const checking = check(message);
      if (checking) await checking;
      await ask((asking) => asking.sendAcked(frame, more));
    },
    history: (room, more) => ask((asking) => asking.history(room, more)),
    reply: answerer.reply,
    async join(name, data, more) {
      if (!isManaged) throw new TypeError('WebSocketClient: there are no rooms with protocol "plain"');
      return await ask(({ rooms }) => rooms.join(name, data, more));
    },
  };

  /** Lets what asks do that: now, or as soon as it is loaded, and before anything that is sent from now on. */
  function ask<Result>(use: (asking: Asking) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = (failure?: unknown) => asking ? resolve(use(asking)) : reject(failure);
      if (asking) return run();
      if (!held) load();
      held!.push(run);
    });
  }

  async function load(): Promise<void> {
    const waiting = held = [] as typeof held & object;
    let failure: unknown;
    try {
      const { createAsking } = await import("./asking.ts");
      asking = createAsking(shared);
    } catch (error) {
      failure = error;
    }
    held = undefined;
    for (const run of waiting) run(failure);
    announcer.tellNews();
  }

  /** Sends, unless that would overtake what waits. */
  function pass(message: Sendable, frame: Payload): ClientSendOutcome {
    if (!held || core.state.phase === "closing" || core.state.phase === "closed") return send(message, frame);
    if (held.length < maxQueuedMessages) {
      const copy = frame.slice() as Payload;
      held.push(() => {
        if (send(message, copy) === "closed") core.drop("send", message, "closed");
      });
      return "queued";
    }
    core.drop("send", message, "messages", maxQueuedMessages);
    announcer.tellNews();
    return "dropped";
  }

  function closedError(): ConnectionClosedError {
    return new ConnectionClosedError("Cannot get an answer: the connection is closed", end.code, end.reason);
  }

  /** Checks what is to be sent against the contract. */
  function check(message: Sendable): Promise<void> | undefined {
    const { type, data } = (message ?? {}) as Partial<WebSocketMessage>;
    return checkOutgoing?.(typeof type === "string" ? type : "$value", data);
  }

  /** What an attempt needs beside what every client does. Asked for with the subprotocols, as that is before each. */
  async function prepare(attempt: ClientAttempt): Promise<string | readonly string[]> {
    if (contract && !gate) {
      const { createGate } = await import("./gate.ts");
      gate = createGate(contract, shared);
    }
    if (token !== undefined && !credentials) {
      const { createCredentials } = await import("./credentials.ts");
      credentials = createCredentials(token, shared);
    }
    const [protocols] = await Promise.all([give(config.protocols ?? [], attempt), credentials?.ask(attempt)]);
    return protocols;
  }

  /** A connection is set up, and what waits in the outbox is about to be sent. Returns whether the session goes on. */
  function welcomed(welcome: WelcomeMessage): boolean {
    const beginning = delivery.welcomed(resume ? welcome : { ...welcome, features: [] });
    if (beginning.isLost) {
      answerer.closed(closedError());
      const { items, remove } = core.outbox;
      for (const entry of items) if (isAnswer(entry.frame)) remove(entry);
    }
    asking?.welcomed(beginning, welcome.rooms);
    credentials?.live(welcome.expiresInMs);
    for (const { frame } of beginning.again) core.connection!.send(frame);
    return beginning.isResumed;
  }

  function control(message: WebSocketMessage): WebSocketMessage | undefined {
    const { session } = delivery;
    const { type, id, room, code, error } = message;
    delivery.handed(message);
    switch (type) {
      case "$ack":
        if (!session.isActive) break;
        for (const { message: sent } of session.acknowledged(message.n)) asking?.asker.handled(sent);
        core.flush();
        announcer.tellNews();
        break;
      case "$joined":
      case "$skipped":
        if (!session.isActive) break;
        session.locate(room, message as Recovery);
        if (type === "$skipped") delivery.tell(room, message as Recovery);
        break;
      case "$reply":
      case "$error": {
        const isError = type === "$error";
        if (asking?.asker.answered(message, isError)) return undefined;
        // To a message that the application gave an id of its own: in the form that plain peers get.
        if (id !== undefined) return { ...message, type: type.slice(1) };
        announcer.note("error", toRemoteError(error));
        announcer.tellNews();
        break;
      }
      case "$cancel":
        answerer.cancel(id!);
        break;
      case "$left":
        asking?.rooms.left(room, code);
    }
    // What a later version of the protocol brings is not for us.
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
    const reply = await ask(({ asker }) => asker.ask({ type }, { ...options, frame }));
    return gate ? await gate.takeReply(type, reply) : reply;
  }
}
