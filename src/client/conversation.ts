/**
 * What client and server say to each other beyond single messages: puts together who asks, who answers, rooms, token and
 * contract, and stands with them between the connection and the application.
 *
 * @module
 */

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
import { createAsker, toRemoteError } from "./asker.ts";
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
import { createDispatcher } from "./dispatcher.ts";
import type { Gate } from "./gate.ts";
import { addHandler, type AnyHandler } from "./handlers.ts";
import { decodeMessage, type Reserved } from "./managed_codec.ts";
import { createManagedDialect } from "./managed_dialect.ts";
import { misuse, toError } from "./misuse.ts";
import { createOutgoingCheck } from "./outgoing.ts";
import { createAlarm } from "./platform.ts";
import { PLAIN } from "./plain_dialect.ts";
import type { Rooms } from "./rooms.ts";
import { isAnswer } from "./session.ts";
import { createShelf } from "./shelf.ts";
import type { ClientAttempt, ClientSendOutcome } from "./types.ts";

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
  const offersSession = isManaged && resume;
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
  const { platform, maxPendingRequests } = options;

  const asker = createAsker({ platform, core, canCancel: isManaged, maxPendingRequests });
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
    concerns: (room) => rooms?.concerns(room) ?? true,
    recovered: (recovery) => rooms?.recovered(recovery),
  });
  const findInRooms: Rooms["find"] = (...message) => rooms?.find(...message) ?? [];
  const dispatcher = createDispatcher({ core, announcer, answerer, findInRooms, reserved, now: () => platform.now() });
  const checkOutgoing = contract && validateOutgoing ? createOutgoingCheck(contract) : undefined;
  /** What holds messages to the contract, and what has the token: where they are wanted, there before a connection is. */
  let gate: Gate | undefined;
  let credentials: Credentials | undefined;
  /** The rooms, from the first one on. */
  let rooms: Rooms | undefined;
  /** Counts what is being loaded, and must not be overtaken by what is sent meanwhile. */
  let holds = 0;

  const { drop, send } = core;
  const { tell } = announcer;

  core.receive = (message, bytes) => {
    const { type } = message;
    const isError = type === "error";
    if (!isManaged && (isError || type === "reply") && asker.answered(message, isError)) return;
    const exchange = dispatcher.begin(message);
    if (!exchange) delivery.handed(message);
    else if (gate) gate.take(exchange, bytes);
    else dispatcher.deliver(exchange, bytes);
  };
  core.handed = delivery.handed;
  core.admit = (message, frame) => {
    if (holds) return undefined;
    return delivery.session.keep(message, frame, asker.wantsAck(message), core.connection!.maxSendBytes);
  };
  core.drop = (direction, message, reason, limit) => {
    if (direction === "receive") delivery.handed(message as WebSocketMessage);
    if (!asker.dropped(message, reason, limit)) drop(direction, message, reason, limit);
  };
  if (checkOutgoing) {
    core.send = (message, frame) => {
      // Requests and answers come with their frame, and are checked where it is made.
      if (frame !== undefined) return send(message, frame);
      const whole = dialect.encode(message);
      const checking = check(message);
      if (!checking) return send(message, whole);
      const copy = whole.slice() as typeof whole;
      checking.then(() => send(message, copy), announcer.fail);
      return "queued";
    };
  }
  announcer.tell = (name, event) => {
    // Before the application hears of it, and may ask and join again.
    if (name === "close") {
      const close = event as Parameters<typeof asker.closed>[0];
      // Where the session may go on, so may what was asked on either side.
      const isSuspended = close.willReconnect && delivery.session.isAlive;
      asker.closed(close, isSuspended);
      rooms?.closed(close);
      credentials?.closed();
      if (!isSuspended) answerer.closed(asker.closedError());
      delivery.closed(close.willReconnect);
    }
    tell(name, event);
    if (name === "open") delivery.opened();
  };

  return {
    parts,
    get rooms() {
      return rooms?.list ?? [];
    },
    handle: dispatcher.handle,
    request,
    async sendAcked(message, { signal } = {}) {
      needSession();
      const frame = dialect.encode(message);
      const checking = check(message);
      if (checking) await checking;
      await asker.ask({ type: "$ack" }, { timeoutMs: Infinity, signal, wantsAck: true, encode: () => frame });
    },
    async history(room, more) {
      needSession();
      const { readHistory } = await import("./history.ts");
      if (!core.connection?.isOpen) throw asker.closedError();
      return await readHistory(asker, (message) => decodeMessage(message, reserved), room, more);
    },
    reply: answerer.reply,
    async join(name, data, more) {
      if (!isManaged) throw new TypeError('WebSocketClient: there are no rooms with protocol "plain"');
      if (rooms) return await rooms.join(name, data, more);
      holds++;
      let joining;
      try {
        const { createRooms } = await import("./rooms.ts");
        rooms ??= createRooms({
          core,
          asker,
          announcer,
          delivery,
          gate: () => gate,
          send: (message) => core.send(message),
          request,
          handlerAdded: dispatcher.handlerAdded,
          addHandler,
          misuse,
          toError,
        });
        joining = rooms.join(name, data, more);
      } finally {
        holds--;
        core.flush();
        announcer.tellNews();
      }
      return await joining;
    },
  };

  /** Checks what is to be sent against the contract. */
  function check(message: Sendable): Promise<void> | undefined {
    const { type, data } = (message ?? {}) as Partial<WebSocketMessage>;
    return checkOutgoing?.(typeof type === "string" ? type : "$value", data);
  }

  /** Throws where there is no session, and there will be none. */
  function needSession(): void {
    if (!offersSession || core.connection?.isOpen && !delivery.session.isActive) throw noSession();
  }

  /** What an attempt needs beside what every client does. Asked for with the subprotocols, as that is before each. */
  async function prepare(attempt: ClientAttempt): Promise<string | readonly string[]> {
    if (contract && !gate) {
      const { createGate } = await import("./gate.ts");
      gate = createGate(contract, {
        options,
        validateOutgoing,
        core,
        announcer,
        answerer,
        deliver: dispatcher.deliver,
        createShelf,
      });
    }
    if (token !== undefined && !credentials) {
      const { createCredentials } = await import("./credentials.ts");
      const alarm = createAlarm(platform);
      credentials = createCredentials(token, { platform, core, asker, announcer, alarm, give });
    }
    const [protocols] = await Promise.all([give(config.protocols ?? [], attempt), credentials?.ask(attempt)]);
    return protocols;
  }

  /** A connection is set up, and what waits in the outbox is about to be sent. Returns whether the session goes on. */
  function welcomed(welcome: WelcomeMessage): boolean {
    const { isResumed, isLost, hasGap, again } = delivery.welcomed(resume ? welcome : { ...welcome, features: [] });
    if (isLost) {
      answerer.closed(asker.closedError());
      const { items, remove } = core.outbox;
      for (const entry of items) if (isAnswer(entry.frame)) remove(entry);
    }
    if (isLost || hasGap) asker.lost(again);
    if (!delivery.session.isActive) asker.unable(noSession());
    rooms?.rejoin(isResumed ? welcome.rooms ?? {} : {});
    credentials?.live(welcome.expiresInMs);
    for (const { frame } of again) core.connection!.send(frame);
    return isResumed;
  }

  function control(message: WebSocketMessage): WebSocketMessage | undefined {
    const { session } = delivery;
    const { type, id, room, code, error } = message;
    delivery.handed(message);
    switch (type) {
      case "$ack":
        if (!session.isActive) break;
        for (const { message: sent } of session.acknowledged(message.n)) asker.handled(sent);
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
        if (asker.answered(message, isError)) return undefined;
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
        rooms?.left(room, code);
    }
    // What a later version of the protocol brings is not for us.
    return undefined;
  }

  async function request(
    type: string,
    data: unknown,
    { timeoutMs = 30_000, ...rest }: ClientRequestOptions = {},
    room?: string,
  ): Promise<unknown> {
    if (typeof type !== "string") throw misuse("type", "a string", type);
    const checking = checkOutgoing?.(type, data);
    if (checking) await checking;
    const question = { type, ...data !== undefined && { data }, ...room !== undefined && { room } };
    const encode = (message: object) => {
      const frame = dialect.encode(message) as string;
      return isManaged && timeoutMs < 2 ** 53 ? `${frame.slice(0, -1)},"$timeoutMs":${timeoutMs}}` : frame;
    };
    const reply = await asker.ask(question, { timeoutMs, ...rest, encode });
    return gate ? await gate.takeReply(type, reply) : reply;
  }
}

function noSession(): TypeError {
  return new TypeError(
    'WebSocketClient: the server keeps no session: it must be one of this module, with "resume" on at both ends',
  );
}
