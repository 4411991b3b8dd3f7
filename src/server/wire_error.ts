/**
 * What a peer is told of an error: a code, a sentence that is safe to show, and more only where the application gave it.
 * Pure.
 *
 * @module
 */

import { HandlerTimeoutError, InvalidDataError, MessageError, UnknownTypeError } from "../errors.ts";
import { escapeText } from "../internal/escape.ts";
import { wireIssues } from "../protocol/contract_check.ts";
import type { WebSocketMessage, WireError } from "../protocol/messages.ts";

/** What the peer is told when anything else was thrown. */
export const INTERNAL_ERROR: WireError = {
  code: "internal_error",
  message: "The server could not handle this message",
};

const TIMEOUT: WireError = { code: "timeout", message: "The server took too long to handle this message" };
const UNKNOWN_TYPE: WireError = {
  code: "unknown_type",
  message: "The server has no handler for messages of this type",
};

/** Translates what was thrown while `message` was handled. */
export function toWireError(error: unknown, message: WebSocketMessage): WireError {
  if (error instanceof MessageError) {
    const { errorCode: code, message, data } = error;
    return data === undefined ? { code, message } : { code, message, data };
  }
  if (error instanceof InvalidDataError && isAbout(error, message)) return wireIssues(error);
  if (error instanceof UnknownTypeError) return UNKNOWN_TYPE;
  return error instanceof HandlerTimeoutError ? TIMEOUT : INTERNAL_ERROR;
}

/** Whether it is the message's own data that is not valid: its handler may have asked somebody else, who answered badly. */
function isAbout({ direction, type }: InvalidDataError, message: WebSocketMessage): boolean {
  const subject: unknown = message.type === "$join" ? message.room : message.type;
  return direction === "incoming" && type === escapeText(String(subject));
}

/** Whether `onError` need not hear of an error: it is an answer of the application to its peer, or was told already. */
export function isAnswer(error: unknown): boolean {
  return error instanceof MessageError || error instanceof UnknownTypeError;
}
