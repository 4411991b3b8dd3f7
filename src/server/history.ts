/**
 * Reads the logs of rooms for the application, and for clients that are in there.
 *
 * @module
 */

import { MessageError } from "../errors.ts";
import { type NumberRule, OptionChecks } from "../internal/checks.ts";
import {
  ALL_ROOM,
  type Position,
  type RoomHistory,
  type Sendable,
  type WebSocketMessage,
} from "../protocol/messages.ts";
import type { Answers } from "./answers.ts";
import type { ServerConnection } from "./connection.ts";
import type { Guard } from "./guard.ts";
import { newJoins, takeWish } from "./join_limit.ts";
import { messageOf } from "./logged_message.ts";
import type { LogReading, LogRecord, Logs } from "./logs.ts";
import { Exchange } from "./message_context.ts";
import type { Replays } from "./replays.ts";
import type { RoomLimits } from "./room_desk.ts";
import type { Scheduler } from "./scheduler.ts";

/** Which part of a log is read. */
export interface HistoryQuery {
  /** Only what stands behind this position, the oldest first. Without it, the newest messages are read. */
  readonly since?: Position;
  /**
   * How many messages at most: with `since` the oldest of them, without it the newest.
   *
   * @default {100}
   */
  readonly limit?: number;
}

/** The other parts that this one needs. */
export interface HistoryParts<Data> {
  readonly logs: Logs;
  readonly guard: Guard<Data>;
  readonly answers: Pick<Answers<Data>, "replyTo" | "fail">;
  readonly replays: Pick<Replays<Data>, "wanted">;
  readonly scheduler: Pick<Scheduler, "now">;
  /** Whether a connection is in a room. */
  isIn(connection: ServerConnection<Data>, room: string): boolean;
}

const LIMIT: NumberRule = { min: 1, integer: true, infinite: true };
const DEFAULT_LIMIT = 100;
/** How many messages a client gets at most in one answer. */
const MAX_CLIENT_LIMIT = 1000;

const checks = new OptionChecks("read the history of a room");

/** Reads. */
export class HistoryDesk<Data> {
  readonly #limits: RoomLimits;
  readonly #parts: HistoryParts<Data>;

  /** Puts the part together. */
  constructor(limits: RoomLimits, parts: HistoryParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /** Reads for the application. What is wrong with the arguments is thrown by the promise. */
  async read(room: string, query: HistoryQuery = {}): Promise<RoomHistory> {
    if (typeof room !== "string") throw checks.failure("room", "be a string", room);
    const limit = checks.number("limit", query.limit, DEFAULT_LIMIT, LIMIT);
    const reading = await this.#read(room, query.since, limit);
    return historyOf(reading, query.since, limit, ({ message }) => read(message.payload));
  }

  /** A client wants to read. Never throws. */
  request(connection: ServerConnection<Data>, message: WebSocketMessage): void {
    const exchange = new Exchange(connection, message, undefined);
    this.#answer(exchange, message).catch((error) => this.#parts.answers.fail(exchange, error));
  }

  async #answer(exchange: Exchange<Data>, { id, room, since, limit = DEFAULT_LIMIT }: WebSocketMessage): Promise<void> {
    const { connection } = exchange;
    const tooMany = takeWish(connection.joins ??= newJoins(), this.#limits, () => this.#parts.scheduler.now());
    if (tooMany !== undefined) throw tooMany;
    if (room !== ALL_ROOM && !this.#parts.isIn(connection, room)) throw NOT_JOINED;
    if (!this.#parts.logs.keeps(room)) throw NO_LOG;
    const wanted = Math.min(limit, MAX_CLIENT_LIMIT);
    const reading = await this.#read(room, since, wanted);
    const history = historyOf(reading, since, wanted, (record) => this.#forClient(connection, room, record));
    const { messages, ...recovery } = history;
    const data = { messages: messages.map(({ offset, message }) => ({ offset, ...wireForm(message) })), ...recovery };
    if (exchange.wantedBy !== undefined) this.#parts.answers.replyTo(connection, id!, data);
  }

  async #read(room: string, since: Position | undefined, limit: number): Promise<LogReading> {
    const { logs } = this.#parts;
    if (!logs.keeps(room)) return { recovery: { recovered: false, reason: "no_log" }, records: [] };
    return await (since === undefined ? logs.newest(room, limit) : logs.missed(room, since));
  }

  #forClient(connection: ServerConnection<Data>, room: string, { message }: LogRecord): WebSocketMessage | undefined {
    const payload = this.#parts.replays.wanted(connection, room, message);
    return payload === undefined ? undefined : read(payload);
  }
}

const NOT_JOINED = new MessageError("not_joined", "Join the room before you read what was sent to it");
const NO_LOG = new MessageError("unsupported", "This room keeps no log");

function historyOf(
  { recovery, records }: LogReading,
  since: Position | undefined,
  limit: number,
  messageOf: (record: LogRecord) => WebSocketMessage | undefined,
): RoomHistory {
  const some = since !== undefined && recovery.recovered !== false ? records.slice(0, limit) : records.slice(-limit);
  const messages = some.flatMap((record) => {
    const message = messageOf(record);
    return message === undefined ? [] : [{ offset: record.offset, message }];
  });
  const last = some.at(-1);
  return { messages, ...recovery, ...(last === undefined ? {} : { offset: last.offset }) };
}

/** What a reader gets for what stands in a log: values as those get them to whom they are sent. */
function read(payload: LogRecord["message"]["payload"]): WebSocketMessage {
  const message: Sendable = messageOf(payload).message;
  if (typeof message === "string") return { type: "text", data: message };
  if (message instanceof Uint8Array) return { type: "binary", data: message };
  const isMessage = typeof (message as WebSocketMessage | null)?.type === "string";
  return isMessage ? message as WebSocketMessage : { type: "text", data: JSON.stringify(message) };
}

function wireForm(message: WebSocketMessage): { readonly message: WebSocketMessage } | { readonly base64: string } {
  if (message.type !== "binary" || !(message.data instanceof Uint8Array)) return { message };
  let text = "";
  for (const byte of message.data as Uint8Array) text += String.fromCharCode(byte);
  return { base64: btoa(text) };
}
