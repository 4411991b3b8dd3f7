/**
 * Refuses messages that are too long, too deep or of other types than expected, and cleans the text of those that are not.
 *
 * @module
 */

import { MessageError } from "../errors.ts";
import { OptionChecks, show } from "../internal/checks.ts";
import type { WebSocketMiddleware } from "../server/types.ts";
import { brokenBound, cleanContent, type MessageBounds } from "./message_shape.ts";
import { stripControlCharacters } from "./sanitize.ts";

/** What is taken of messages. */
export interface ValidateMessagesOptions {
  /**
   * Characters of a message as JSON without white space, or its bytes; `Infinity` lifts the limit.
   *
   * @default {10_000}
   */
  readonly maxMessageLength?: number;
  /**
   * Characters of one string anywhere in `data` or `content`, or bytes of a binary message; `Infinity` lifts the limit.
   *
   * @default {8_000}
   */
  readonly maxContentLength?: number;
  /**
   * Arrays and objects inside one another, the message itself among them. People do not nest deeper, and whoever handles
   * a message by a function that calls itself need not fear for the stack.
   *
   * @default {32}
   */
  readonly maxDepth?: number;
  /**
   * The types that are taken, or `"any"`. Text that is not JSON has the type `"text"`, bytes have `"binary"`. Plain peers'
   * pings are answered by the server and do not come here, unless it is told not to.
   *
   * @default {["text", "init", "ping"]}
   */
  readonly allowedTypes?: readonly string[] | "any";
  /**
   * Whether text is cleaned by `sanitize`.
   *
   * @default {true}
   */
  readonly enableSanitization?: boolean;
  /**
   * Cleans one text: called for every string in `data` and `content`, at any depth, but not for the names of members. The
   * handler gets what it returns.
   *
   * @default {stripControlCharacters}
   */
  readonly sanitize?: (text: string) => string;
}

/** What refused peers are told. Nothing that they sent is among it. */
const SENTENCES = {
  type_not_allowed: "Messages of this type are not taken here",
  message_too_long: "The message is too long",
  content_too_long: "A text in the message is too long",
  too_deep: "The message is nested too deep",
} as const;

const NAMES = [
  "maxMessageLength",
  "maxContentLength",
  "maxDepth",
  "allowedTypes",
  "enableSanitization",
  "sanitize",
] as const;

/**
 * Checks and cleans messages before their handlers. What it refuses is answered, if it has an `id`, with the code
 * `invalid_message` and `data: { reason, limit }`, where `reason` is `type_not_allowed`, `message_too_long`,
 * `content_too_long` or `too_deep`; it goes no further. Without an `id` plain peers hear nothing of it, managed ones do.
 *
 * These are limits for a person's messages. Those of the server, `maxMessageBytes` before all, hold beside them, and a
 * contract says far better what a message may hold.
 *
 * @throws {TypeError} If an option is of a wrong kind, or unknown.
 * @throws {RangeError} If a number is out of bounds.
 *
 * @example
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { validateMessages } from "@switchboard/websocket/middleware";
 * import { connect } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const server = new WebSocketServer({ handlers: { onMessage: (conn, message) => { conn.send(message); } } });
 * server.use(validateMessages({ allowedTypes: ["chat"], maxContentLength: 5 }));
 * await using client = await connect(server);
 *
 * client.send({ type: "chat", data: "too long", id: 1 });
 * client.send({ type: "chat", data: "hi\u0000" });
 *
 * assertEquals(await client.next(), {
 *   type: "error",
 *   id: 1,
 *   error: {
 *     code: "invalid_message",
 *     message: "A text in the message is too long",
 *     data: { reason: "content_too_long", limit: 5 },
 *   },
 * });
 * assertEquals(await client.next(), { type: "chat", data: "hi" });
 * ```
 */
export function validateMessages<Data = Record<string, unknown>>(
  options: ValidateMessagesOptions = {},
): WebSocketMiddleware<Data> {
  const { bounds, types, clean } = resolve(options);
  const limits = {
    message_too_long: bounds.maxMessageLength,
    content_too_long: bounds.maxContentLength,
    too_deep: bounds.maxDepth,
  };
  return {
    message(_connection, message, next) {
      if (types !== undefined && !types.has(message.type)) throw refusal("type_not_allowed");
      const broken = brokenBound(message, bounds);
      if (broken !== undefined) throw refusal(broken, limits[broken]);
      return next(clean === undefined ? message : cleanContent(message, clean));
    },
  };
}

function refusal(reason: keyof typeof SENTENCES, limit?: number): MessageError {
  return new MessageError("invalid_message", SENTENCES[reason], limit === undefined ? { reason } : { reason, limit });
}

function resolve(options: ValidateMessagesOptions) {
  const checks = new OptionChecks("validate messages");
  checks.knownKeys("validateMessages", options, NAMES);
  checks.optionalFunction("sanitize", options.sanitize);
  const isCleaned = checks.boolean("enableSanitization", options.enableSanitization, true);
  const bounds: MessageBounds = {
    maxMessageLength: checks.number("maxMessageLength", options.maxMessageLength, 10_000, { min: 1, infinite: true }),
    maxContentLength: checks.number("maxContentLength", options.maxContentLength, 8_000, { min: 0, infinite: true }),
    maxDepth: checks.number("maxDepth", options.maxDepth, 32, { min: 1, max: 1_000, integer: true }),
  };
  return {
    bounds,
    types: readTypes(checks, options.allowedTypes ?? ["text", "init", "ping"]),
    clean: isCleaned ? options.sanitize ?? stripControlCharacters : undefined,
  };
}

function readTypes(checks: OptionChecks, types: readonly string[] | "any"): ReadonlySet<string> | undefined {
  if (types === "any") return undefined;
  if (!Array.isArray(types)) throw checks.failure("allowedTypes", 'be a list of types, or "any"', types);
  const wrong = types.find((type) => typeof type !== "string");
  if (wrong === undefined) return new Set(types);
  throw new TypeError(`Cannot validate messages as "allowedTypes" must hold strings: current value is ${show(wrong)}`);
}
