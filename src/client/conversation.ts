/**
 * What client and server say to each other beyond single messages: puts together who asks, who answers, rooms, token and
 * contract, and stands with them between the connection and the application.
 *
 * @module
 */

import type { Contract } from "../protocol/contract.ts";
import type { MessageId, WebSocketMessage, WelcomeMessage } from "../protocol/messages.ts";
import { createAnswerer } from "./answerer.ts";
import { createAsker, toRemoteError } from "./asker.ts";
import { assemble, type ClientParts } from "./client.ts";
import type { ReconnectingClientConfig } from "./config.ts";
import { give } from "./connector.ts";
import type { ClientRequestOptions, ClientRoom, JoinOptions } from "./conversation_types.ts";
import type { Credentials, TokenProvider } from "./credentials.ts";
import type { ClientDialect, Link } from "./dialect.ts";
import { createDispatcher } from "./dispatcher.ts";
import type { Gate } from "./gate.ts";
import type { AnyHandler } from "./handlers.ts";
import type { Reserved } from "./managed_codec.ts";
import { createManagedDialect } from "./managed_dialect.ts";
import { misuse } from "./misuse.ts";
import { createOutgoingCheck } from "./outgoing.ts";
import { createAlarm } from "./platform.ts";
import { PLAIN } from "./plain_dialect.ts";
import { createRooms } from "./rooms.ts";
import { createShelf } from "./shelf.ts";
import type { ClientAttempt, ClientSendOutcome } from "./types.ts";

/** What a conversation can be told, beside what every client can. */
export interface ConversationConfig extends ReconnectingClientConfig {
  readonly protocol?: "managed" | "plain";
  readonly token?: TokenProvider;
  readonly contract?: Contract;
  readonly validateOutgoing?: boolean;
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
    welcomeTimeoutMs: 5_000,
    maxPendingRequests: 1_000,
  },
  events: { "room:left": [] },
} as const;

/**
 * Begins a conversation, in which nothing is said before `connect()`.
 *
 * @throws {TypeError} If `url` is missing or not one, or an option is unknown or of the wrong kind.
 * @throws {RangeError} If an option is out of bounds.
 */
export function converse(config: ConversationConfig): Conversation {
  const { protocol = "managed", token, contract, validateOutgoing = false } = config;
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
      token: () => credentials?.token,
      welcomeTimeoutMs: () => options.welcomeTimeoutMs,
      welcomed: opening,
      control,
    })
    : { ...PLAIN, begin: beginPlain };

  const providers = token === undefined && !contract ? {} : { protocols: prepare };
  const parts = assemble({ ...config, ...providers }, dialect, MORE);
  const { options, announcer, core } = parts;
  const { platform, maxPendingRequests } = options;

  const asker = createAsker({ platform, core, canCancel: isManaged, maxPendingRequests });
  const answerer = createAnswerer({
    core,
    announcer,
    mark: isManaged ? "$" : "",
    checkReply: (type, data) => gate?.checkReply(type, data),
  });
  const rooms = createRooms({
    core,
    asker,
    announcer,
    gate: () => gate,
    send: (message) => core.send(message),
    request,
    handlerAdded: () => dispatcher.handlerAdded(),
  });
  const dispatcher = createDispatcher({ core, announcer, answerer, rooms, reserved, now: () => platform.now() });
  const checkOutgoing = contract && validateOutgoing ? createOutgoingCheck(contract) : undefined;
  /** What holds messages to the contract, and what has the token: where they are wanted, there before a connection is. */
  let gate: Gate | undefined;
  let credentials: Credentials | undefined;

  const { drop, send } = core;
  const { tell } = announcer;

  core.receive = (message, bytes) => {
    const { type } = message;
    const isError = type === "error";
    if (!isManaged && (isError || type === "reply") && asker.answered(message, isError)) return;
    const exchange = dispatcher.begin(message);
    if (!exchange) return;
    if (gate) gate.take(exchange, bytes);
    else dispatcher.deliver(exchange, bytes);
  };
  core.drop = (direction, message, reason, limit) => {
    if (!asker.dropped(message, reason, limit)) drop(direction, message, reason, limit);
  };
  if (checkOutgoing) {
    core.send = (message, frame) => {
      // Requests and answers come with their frame, and are checked where it is made.
      if (frame !== undefined) return send(message, frame);
      const { type, data } = (message ?? {}) as Partial<WebSocketMessage>;
      const whole = dialect.encode(message);
      const checking = checkOutgoing(typeof type === "string" ? type : "$value", data);
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
      asker.closed(close);
      rooms.closed(close);
      credentials?.closed();
      answerer.closed(asker.closedError());
    }
    tell(name, event);
  };

  return {
    parts,
    get rooms() {
      return rooms.list;
    },
    handle: dispatcher.handle,
    request,
    reply: answerer.reply,
    async join(name, data, more) {
      if (!isManaged) throw new TypeError('WebSocketClient: there are no rooms with protocol "plain"');
      return await rooms.join(name, data, more);
    },
  };

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

  function beginPlain(link: Link): ReturnType<ClientDialect["begin"]> {
    opening();
    return PLAIN.begin(link);
  }

  /** A connection is set up, and what waits in the outbox is about to be sent. */
  function opening(welcome?: WelcomeMessage): void {
    if (welcome) {
      rooms.rejoin();
      credentials?.live(welcome.expiresInMs);
    }
    asker.opening();
  }

  function control(message: WebSocketMessage): WebSocketMessage | undefined {
    const { type, id, room, code, error } = message;
    switch (type) {
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
        rooms.left(room, code);
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
    const reply = await asker.ask(question, { timeoutMs, ...rest }, (message) => {
      const frame = dialect.encode(message) as string;
      return isManaged && timeoutMs < 2 ** 53 ? `${frame.slice(0, -1)},"$timeoutMs":${timeoutMs}}` : frame;
    });
    return gate ? await gate.takeReply(type, reply) : reply;
  }
}
