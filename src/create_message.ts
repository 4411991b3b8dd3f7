/**
 * Makes messages that carry an identifier and the time of their making.
 *
 * @module
 */

import { ulid } from "@std/ulid";
import { OptionChecks } from "./internal/checks.ts";
import { type CreatedMessage, makeMessage } from "./protocol/create_message.ts";

export type { CreatedMessage };

/** What a message is made with. */
export interface CreateMessageOptions {
  /**
   * The time of its making, in milliseconds since 1970.
   *
   * @default {Date.now()}
   */
  readonly now?: number;
  /** Its identifier; a ULID of that time when left out, which sorts by it. */
  readonly id?: string;
}

/**
 * Makes a message with an identifier and the time of its making, to be sent with `send` or `broadcast`.
 *
 * The identifier is in `messageId`, for logs, for lists on a page, to recognise what came twice: unlike an `id` it asks
 * for no answer.
 *
 * @throws {TypeError} If `type` is not a string, or begins with `$`, or `now` is not a number.
 * @throws {RangeError} If `now` is before 1970, or later than a ULID can tell.
 *
 * @example A message that a page can put into its place
 * ```ts
 * import { createMessage } from "@switchboard/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const message = createMessage("chat", { text: "hi" }, { now: 0 });
 *
 * assertEquals(message.timestamp, "1970-01-01T00:00:00.000Z");
 * assertEquals(message.messageId.length, 26);
 * ```
 */
export function createMessage<T extends string>(type: T): CreatedMessage<T, undefined>;
/** The same, with data. */
export function createMessage<T extends string, Data>(
  type: T,
  data: Data,
  options?: CreateMessageOptions,
): CreatedMessage<T, Data>;
export function createMessage(type: string, data?: unknown, options: CreateMessageOptions = {}): CreatedMessage {
  const now = CHECKS.number("now", options.now, Date.now(), { min: 0, max: MAX_TIME });
  return makeMessage(type, data, options.id ?? ulid(now), new Date(now).toISOString());
}

const CHECKS = new OptionChecks("create a message");

/** The latest time that a ULID can hold: it has 48 bits for it. */
const MAX_TIME = 2 ** 48 - 1;
