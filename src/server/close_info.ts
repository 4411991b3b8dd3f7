/**
 * How a connection ended, as its close event and our own close tell it, and what is thrown at who still waits for
 * something of it. Pure.
 *
 * @module
 */

import { ConnectionClosedError } from "../errors.ts";
import type { SocketEvent } from "../internal/socket_like.ts";
import { CloseCode, cutReason, normalizeCloseCode } from "../protocol/close_codes.ts";
import type { CloseInfo } from "./types.ts";

/** Makes what `onClose` is told. */
export function closeInfo(code: number, reason: string, wasClean: boolean, error: Error | undefined): CloseInfo {
  const info = { code, reason, wasClean, resumable: false };
  return error === undefined ? info : { ...info, error };
}

/** Whether the runtime's own idle timeout ended the connection: nothing else reports 1001 without a closing handshake. */
export function isIdleEnd({ code, wasClean }: SocketEvent): boolean {
  return normalizeCloseCode(code) === CloseCode.GOING_AWAY && wasClean !== true;
}

/** What a close event says, where we had not closed before. `error` is what broke the connection, if that was heard. */
export function readClose(event: SocketEvent, error: Error | undefined): CloseInfo {
  if (isIdleEnd(event)) return closeInfo(CloseCode.TIMEOUT, "silent for too long", false, undefined);
  const code = normalizeCloseCode(event.code);
  const isClean = event.wasClean === true && code !== CloseCode.ABNORMAL;
  return closeInfo(code, cutReason(event.reason ?? ""), isClean, isClean ? undefined : error);
}

/** The error for who waits in vain; `text` says for what. */
export function closedError(text: string, info: CloseInfo | undefined): ConnectionClosedError {
  return new ConnectionClosedError(text, info?.code ?? CloseCode.ABNORMAL, info?.reason ?? "");
}
