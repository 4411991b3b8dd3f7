/**
 * What refused peers are told: by HTTP status, and in band where they speak our protocol.
 *
 * @module
 */

import { STATUS_TEXT, type StatusCode } from "@std/http/status";
import { CloseCode } from "../protocol/close_codes.ts";
import type { RefusedMessage } from "../protocol/messages.ts";
import type { Refusal } from "./handshake_check.ts";

/** A refusal that the peer's application should understand, and what it is told when it speaks our protocol. */
export interface PeerRefusal extends Refusal {
  /** The code in `$refused`. */
  readonly code: string;
  /** The close code that follows it. */
  readonly closeCode: number;
  /** When to come back, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The answer of the application itself, for peers that are answered by status. */
  readonly response?: Response;
}

/** The peer left before there was an answer. */
export const GONE: Refusal = { status: 503, why: "the peer has gone" };

/** The `Origin` is not allowed. */
export const FORBIDDEN_ORIGIN: PeerRefusal = {
  status: 403,
  why: "pages of this origin may not connect",
  code: "forbidden",
  closeCode: CloseCode.FORBIDDEN,
};

/** The `Host` is not one of ours. */
export const FORBIDDEN_HOST: PeerRefusal = { ...FORBIDDEN_ORIGIN, why: "this server does not answer to that host" };

/** A middleware neither handed the peer on nor refused it. */
export const NOT_HANDED_ON: PeerRefusal = { ...FORBIDDEN_ORIGIN, why: "this peer may not connect" };

/** The peer is not signed in. Says nothing of the reason, which would help those who guess. */
export const UNAUTHORIZED: PeerRefusal = {
  status: 401,
  why: "sign in to connect",
  headers: { "www-authenticate": "Bearer" },
  code: "unauthorized",
  closeCode: CloseCode.UNAUTHORIZED,
};

/** Something of the application failed. */
export const FAILED: PeerRefusal = {
  status: 500,
  why: "the request could not be upgraded",
  code: "internal_error",
  closeCode: CloseCode.INTERNAL_ERROR,
};

/** A refusal for now: 429 or 503, with the time after which to ask again. */
export function later(status: number, code: string, why: string, retryAfterMs: number): PeerRefusal {
  const headers = { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  return { status, why, headers, code, closeCode: CloseCode.TRY_AGAIN_LATER, retryAfterMs };
}

/** What a Response of the application means to peers that cannot see it. */
export function refusalOf(response: Response, nowMs: number): PeerRefusal {
  const { status } = response;
  const { why, ...rest } = meaningOf(status);
  const retryAfterMs = status === 429 || status === 503 ? retryAfter(response, nowMs) : undefined;
  return { status, why, ...rest, response, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function meaningOf(status: number): Pick<PeerRefusal, "why" | "code" | "closeCode"> {
  if (status === 401) return UNAUTHORIZED;
  if (status === 429) return { why: "too many requests", code: "rate_limited", closeCode: CloseCode.TRY_AGAIN_LATER };
  if (status === 503) return { why: "there is no place now", code: "full", closeCode: CloseCode.TRY_AGAIN_LATER };
  // A service that the application asked is down: that is no reason for a client to stay away for good.
  return status >= 500 ? FAILED : NOT_HANDED_ON;
}

/** `Retry-After` in seconds, or as a date. */
function retryAfter({ headers }: Response, nowMs: number): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const delayMs = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return delayMs >= 0 ? delayMs : undefined;
}

/** The message in band. */
export function refusedMessage({ code, retryAfterMs }: PeerRefusal): RefusedMessage {
  return { type: "$refused", code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The answer by status. */
export function respond({ status, why, headers }: Refusal): Response {
  const text = STATUS_TEXT[status as StatusCode] ?? "";
  return new Response(`${status} ${text}: ${why}\n`, {
    status,
    headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}
