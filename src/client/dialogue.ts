/**
 * All in which client and server answer one another: handlers and requests in both directions, rooms, acknowledgements that
 * are waited for, logs that are read; and what of this needs a token or a contract.
 *
 * It is loaded when the application first uses any of it, or the server asks something: pages that only send and receive
 * need none of it.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { MessageId, RoomHistory, WebSocketMessage, WelcomeMessage } from "../protocol/messages.ts";
import { createAnswerer } from "./answerer.ts";
import { type Asker, createAsker } from "./asker.ts";
import type { HistoryOptions, SendAckedOptions } from "./conversation_types.ts";
import type { Credentials } from "./credentials.ts";
import { createDispatcher } from "./dispatcher.ts";
import type { Gate } from "./gate.ts";
import { readHistory } from "./history.ts";
import { toRemoteError } from "./remote_error.ts";
import { createRooms, type Rooms } from "./rooms.ts";
import type { Beginning } from "./session.ts";
import type { Shared } from "./shared.ts";
import type { ClientAttempt, ClientClose } from "./types.ts";

/** A dialogue. */
export interface Dialogue {
  readonly asker: Asker;
  readonly rooms: Rooms;
  /** The token of the present attempt. */
  readonly token: string | undefined;
  /** What an attempt needs beside what every client does. */
  prepare(attempt: ClientAttempt): Promise<unknown>;
  /** Takes a message of the application, an answer, or what belongs to one. */
  receive(message: WebSocketMessage, bytes: number): void;
  /** There is a handler that was not there before. */
  handlerAdded(): void;
  /** Asks for the application. What stands in the frame is there but for the id. */
  request(type: string, frame: Payload, options: object | undefined): Promise<unknown>;
  /** Sends what stands in a frame, and waits until the server has handled it. */
  sendAcked(frame: Payload, options: SendAckedOptions | undefined): Promise<unknown>;
  /** Reads the log of a room. */
  history(room: string, options: HistoryOptions | undefined): Promise<RoomHistory>;
  /** A connection begins, and what waits is about to be sent. */
  welcomed(beginning: Beginning, welcome: WelcomeMessage): void;
  /** A connection ended, or the client stopped; `isSuspended` where the session may go on. */
  closed(event: ClientClose, isSuspended: boolean): void;
}

/** Makes a dialogue, in which nothing was said yet. */
export function createDialogue(shared: Shared): Dialogue {
  const { config: { token, contract }, core, announcer, delivery, isManaged, resume, closedError } = shared;
  const asker = createAsker(shared);
  const answerer = createAnswerer(shared, (type, data) => gate?.checkReply(type, data));
  const rooms = createRooms(shared, asker, () => gate, () => dispatcher.handlerAdded());
  const dispatcher = createDispatcher(shared, answerer, rooms);
  /** What holds messages to the contract, and what has the token: where they are wanted, there before a connection is. */
  let gate: Gate | undefined;
  let credentials: Credentials | undefined;

  return {
    asker,
    rooms,
    get token() {
      return credentials?.token;
    },
    async prepare(attempt) {
      if (contract && !gate) {
        const { createGate } = await import("./gate.ts");
        gate = createGate(contract, shared, answerer, dispatcher.deliver);
      }
      if (token !== undefined && !credentials) {
        const { createCredentials } = await import("./credentials.ts");
        credentials = createCredentials(token, shared, asker);
      }
      await credentials?.ask(attempt);
    },
    receive(message, bytes) {
      const exchanged = control(message);
      if (!exchanged) return;
      const exchange = dispatcher.begin(exchanged);
      if (!exchange) delivery.handed(message);
      else if (gate) gate.take(exchange, bytes);
      else dispatcher.deliver(exchange, bytes);
    },
    handlerAdded: dispatcher.handlerAdded,
    async request(type, frame, options) {
      const reply = await asker.ask({ type }, { ...options, frame });
      return gate ? await gate.takeReply(type, reply) : reply;
    },
    async sendAcked(frame, options) {
      needSession();
      return await asker.ask({ type: "$ack" }, { timeoutMs: Infinity, ...options, frame, wantsAck: true });
    },
    async history(room, options) {
      needSession();
      return await readHistory(shared, asker, room, options);
    },
    welcomed({ isResumed, isLost, hasGap, again }, { expiresInMs, rooms: kept = {} }) {
      if (isLost) answerer.closed(closedError());
      if (isLost || hasGap) asker.lost(again);
      if (!delivery.session.isActive) asker.unable(noSession());
      rooms.rejoin(isResumed ? kept : {});
      credentials?.live(expiresInMs);
    },
    closed(event, isSuspended) {
      asker.closed(event, isSuspended);
      rooms.closed(event);
      credentials?.closed();
      if (!isSuspended) answerer.closed(closedError());
    },
  };

  /** Takes what is not for the application, and returns what is. */
  function control(message: WebSocketMessage): WebSocketMessage | undefined {
    const { type, id, room, code, error } = message;
    const isError = type === `${isManaged ? "$" : ""}error`;
    if (isError || type === `${isManaged ? "$" : ""}reply`) {
      if (asker.answered(message, isError)) return undefined;
      if (!isManaged) return message;
      // To a message that the application gave an id of its own: in the form that plain peers get.
      if (id !== undefined) return { ...message, type: type.slice(1) };
      announcer.note("error", toRemoteError(error, shared));
      announcer.tellNews();
    } else if (!isManaged || type[0] !== "$") return message;
    else if (type === "$cancel") answerer.cancel(id as MessageId);
    else if (type === "$left") rooms.left(room, code);
    return undefined;
  }

  /** Throws where there is no session, and there will be none. */
  function needSession(): void {
    if (!isManaged || !resume || core.connection?.isOpen && !delivery.session.isActive) throw noSession();
  }
}

function noSession(): TypeError {
  return new TypeError(
    'WebSocketClient: the server keeps no session: it must be one of this module, with "resume" on at both ends',
  );
}
