/**
 * Answers, and what wants one. Pure.
 *
 * @module
 */

import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";

/** An answer, and what stands in its frame. */
export type Answer = [message: object, frame: string];

/**
 * Makes an answer; `mark` stands in front of its type, nothing where the server speaks the plain protocol.
 *
 * @throws {TypeError} If the data has no JSON form.
 */
export function answer(mark: "$" | "", id: MessageId, data: unknown = null): Answer {
  if (JSON.stringify(data) === undefined || ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
    throw new TypeError("Cannot answer with what is not JSON");
  }
  const message = { type: `${mark}reply`, id, data };
  return [message, JSON.stringify(message)];
}

/** The id under which a message wants an answer. Answers want none. Identifiers are kept, so they are bounded. */
export function wantedBy({ type, id }: WebSocketMessage): MessageId | undefined {
  const isId = typeof id === "string" ? id.length <= 128 : Number.isSafeInteger(id);
  return isId && type !== "reply" && type !== "error" ? id : undefined;
}
