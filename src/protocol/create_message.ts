/**
 * Messages that carry an identifier and the time of their making. Pure: both come in as arguments.
 *
 * @module
 */

import { show } from "../internal/checks.ts";
import { escapeText } from "../internal/escape.ts";
import { isControlType } from "./codec.ts";

/** A message with an identifier and the time of its making. It asks for no answer. */
export interface CreatedMessage<T extends string = string, Data = unknown> {
  /** What kind of message it is. */
  readonly type: T;
  /** The content. */
  readonly data: Data;
  /** Its identifier. It is not called `id`, as a message with an `id` asks for an answer. */
  readonly messageId: string;
  /** When it was made, in UTC as ISO 8601 writes it. */
  readonly timestamp: string;
}

/**
 * Puts a message together.
 *
 * @throws {TypeError} If `type` is not a string, or begins with `$`.
 */
export function makeMessage<T extends string, Data>(
  type: T,
  data: Data,
  messageId: string,
  timestamp: string,
): CreatedMessage<T, Data> {
  if (typeof type !== "string") {
    throw new TypeError(`Cannot create a message as its type must be a string: current value is ${show(type)}`);
  }
  if (isControlType(type)) {
    const shown = escapeText(type);
    throw new TypeError(
      `Cannot create a message as types that begin with "$" are the protocol's: current value is "${shown}"`,
    );
  }
  return { type, data, messageId, timestamp };
}
