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

/** A close event, read once: each look at a field of the event itself is a call. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** Whether the runtime's own idle timeout ended the connection: nothing else reports 1001 without a closing handshake. */
  readonly isIdle: boolean;
}

/** Reads a close event. */
export function readEnd(event: SocketEvent): SocketEnd {
  const code = normalizeCloseCode(event.code);
  const wasClean = event.wasClean === true;
  return { code, reason: event.reason ?? "", wasClean, isIdle: code === CloseCode.GOING_AWAY && !wasClean };
}

/** What the end of a socket says, where we had not closed before. `error` is what broke the connection, if that was heard. */
export function closeInfoOf(end: SocketEnd, error: Error | undefined): CloseInfo {
  if (end.isIdle) return closeInfo(CloseCode.TIMEOUT, "silent for too long", false, undefined);
  const isClean = end.wasClean && end.code !== CloseCode.ABNORMAL;
  return closeInfo(end.code, cutReason(end.reason), isClean, isClean ? undefined : error);
}

/** The error for who waits in vain; `text` says for what. */
export function closedError(text: string, info: CloseInfo | undefined): ConnectionClosedError {
  return new ConnectionClosedError(text, info?.code ?? CloseCode.ABNORMAL, info?.reason ?? "");
}
