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
  RemoteError,
  RequestTimeoutError,
  UnknownTypeError,
} from "../errors.ts";
import type { Payload } from "../protocol/codec.ts";
import type {
  MessageId,
  Recovery,
  RoomHistory,
  Sendable,
  WebSocketMessage,
  WelcomeMessage,
} from "../protocol/messages.ts";
import { answer, wantedBy } from "./answers.ts";
import { assemble, type ClientParts } from "./client.ts";
import { give } from "./connector.ts";
import { type ConversationConfig, isManagedConfig, MORE } from "./conversation_config.ts";
import type {
  ClientRequestOptions,
  ClientRoom,
  HistoryOptions,
  JoinOptions,
  SendAckedOptions,
} from "./conversation_types.ts";
import { createDelivery } from "./delivery.ts";
import type { ClientDialect } from "./dialect.ts";
import type { Dialogue } from "./dialogue.ts";
import { addHandler, type AnyHandler, type Handlers } from "./handlers.ts";
import { decodeMessage, isOurs, type Reserved } from "./managed_codec.ts";
import { createManagedDialect } from "./managed_dialect.ts";
import { misuse, toError } from "./misuse.ts";
import { createOutgoingCheck } from "./outgoing.ts";
import { createAlarm } from "./platform.ts";
import { PLAIN } from "./plain_dialect.ts";
import { isAnswer } from "./session.ts";
import { createShelf } from "./shelf.ts";
import { exceeds } from "./size.ts";
import type { ClientAttempt, ClientClose, ClientSendOutcome } from "./types.ts";
import { createWaitingRoom } from "./waiting_room.ts";

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

/**
 * Begins a conversation, in which nothing is said before `connect()`.
 *
 * @throws {TypeError} If `url` is missing or not one, or an option is unknown or of the wrong kind.
 * @throws {RangeError} If an option is out of bounds.
 */
export function converse(config: ConversationConfig): Conversation {
  const { token, contract, validateOutgoing, resume = true } = config;
  const isManaged = isManagedConfig(config);
  const reserved: Reserved = new WeakMap();
  const dialect: ClientDialect = isManaged
    ? createManagedDialect({
      reserved,
      hello: () => ({
        token: waitingRoom.dialogue?.token,
        ...resume ? delivery.session.hello() : { features: [] },
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
  const { drop, put, send } = core;
  const { tell } = announcer;
  const checkOutgoing = contract && validateOutgoing ? createOutgoingCheck(contract) : undefined;
  const handlers: Handlers = new Map();
  const delivery = createDelivery({
    options,
    core,
    announcer,
    reserved,
    concerns: (room) => waitingRoom.dialogue?.rooms.concerns(room) ?? true,
    recovered: (recovery) => waitingRoom.dialogue?.rooms.recovered(recovery),
  });
  /** How the last connection ended. */
  let end = { code: 1000, reason: "" };

  const waitingRoom = createWaitingRoom({ options, core, announcer, send, load });
  const { talk } = waitingRoom;

  core.receive = (message, bytes) => {
    // What is not asked and cannot be handled is for whoever reads.
    const isForAnybody = !isOurs(message.type) && wantedBy(message) === undefined && !handlers.size;
    waitingRoom.receive(message, bytes, isForAnybody);
  };
  announcer.taken = delivery.handed;
  core.put = (message, frame) => {
    const isUrgent = !!waitingRoom.dialogue?.asker.wantsAck(message);
    const kept = delivery.session.keep(message, frame, isUrgent, core.connection!.maxSendBytes);
    return kept !== undefined && put(message, kept);
  };
  core.drop = (direction, message, reason, limit) => {
    if (direction === "receive") delivery.handed(message as WebSocketMessage);
    if (!waitingRoom.dialogue?.asker.dropped(message, reason, limit)) drop(direction, message, reason, limit);
  };
  core.send = (message, given) => {
    // What comes with its frame was checked where that was made.
    const frame = given ?? dialect.encode(message);
    const checking = given === undefined ? check(message) : undefined;
    if (!checking) return waitingRoom.send(message, frame);
    const copy = frame.slice() as Payload;
    checking.then(() => waitingRoom.send(message, copy), announcer.fail);
    return "queued";
  };
  announcer.tell = (name, event) => {
    // Before the application hears of it, and may ask and join again.
    if (name === "close") {
      const close = end = event as ClientClose;
      // Where the session may go on, so may what was asked on either side.
      waitingRoom.dialogue?.closed(close, close.willReconnect && delivery.session.isAlive);
      delivery.closed(close.willReconnect);
    }
    tell(name, event);
    if (name === "open") delivery.opened();
    if (name === "message") delivery.handed(event as WebSocketMessage);
  };

  return {
    parts,
    get rooms() {
      return waitingRoom.dialogue?.rooms.list ?? [];
    },
    handle(type, handler) {
      const off = addHandler(handlers, type, handler);
      waitingRoom.handlerAdded();
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
    join: (name, data, more) => talk(({ rooms }) => rooms.join(name, data, more)),
  };

  async function load(): Promise<Dialogue> {
    const { createDialogue } = await import("./dialogue.ts");
    return createDialogue({
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
      request,
      addHandler,
      answer,
      createAlarm,
      createShelf,
      decodeMessage,
      exceeds,
      give,
      misuse,
      toError,
      wantedBy,
      InvalidDataError,
      MessageError,
      OutboxFullError,
      RemoteError,
      RequestTimeoutError,
      UnknownTypeError,
    });
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
    waitingRoom.dialogue?.welcomed(beginning, welcome);
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
      for (const { message: sent } of session.acknowledged(n)) waitingRoom.dialogue?.asker.handled(sent);
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
