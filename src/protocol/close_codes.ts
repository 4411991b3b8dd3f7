/**
 * The close codes: what each means, whether it may be sent, and what a client does next. Pure.
 *
 * The table is the one of docs/PROTOCOL.md; server and client both read it here.
 *
 * @module
 */

import { cutUtf8 } from "../internal/utf8.ts";

/**
 * What a client does after a close:
 * - `stop`: stays closed and says why;
 * - `back_off`: tries again after its growing delay;
 * - `spread`: tries again as the server advised, else at a random moment in a window, as all others do the same;
 * - `later`: as advised, else backs off, from at least 5 s;
 * - `renew`: asks its token provider again and tries once more, then stops.
 */
export type CloseAction = "stop" | "back_off" | "spread" | "later" | "renew";

/** One row of the table. */
export interface CloseCodeRow {
  /** The code. */
  readonly code: number;
  /** Its name in snake case. */
  readonly name: string;
  /** What a client does next. */
  readonly action: CloseAction;
  /** Whether the code may stand in a close frame. */
  readonly maySend: boolean;
}

/** Codes by name, for reading and writing code. */
export const CloseCode = {
  /** Done; nothing is wrong. */
  NORMAL: 1000,
  /** The other end leaves: a page is closed, a server goes down. */
  GOING_AWAY: 1001,
  /** The other end broke RFC 6455. */
  PROTOCOL_ERROR: 1002,
  /** A kind of data that is not taken, such as bytes where text is wanted. */
  UNSUPPORTED_DATA: 1003,
  /** A close frame without a code. Never sent. */
  NO_STATUS: 1005,
  /** The connection broke without a close frame. Never sent. */
  ABNORMAL: 1006,
  /** Text that is not UTF-8. */
  INVALID_PAYLOAD: 1007,
  /** A breach of policy with no code of its own. */
  POLICY_VIOLATION: 1008,
  /** A message over the limit. */
  TOO_BIG: 1009,
  /** The server failed. */
  INTERNAL_ERROR: 1011,
  /** The server restarts. */
  SERVICE_RESTART: 1012,
  /** The server is too busy, or the peer too slow for what is sent to it. */
  TRY_AGAIN_LATER: 1013,
  /** A message that the protocol does not allow. */
  BAD_MESSAGE: 4400,
  /** Not signed in, or no longer. */
  UNAUTHORIZED: 4401,
  /** Signed in and not allowed, or from an origin that is not. */
  FORBIDDEN: 4403,
  /** Silent for too long. */
  TIMEOUT: 4408,
  /** Replaced by a newer socket of the same session. */
  REPLACED: 4409,
  /** A queue overflowed. */
  QUEUE_OVERFLOW: 4413,
  /** Too many messages. */
  TOO_MANY: 4429,
} as const;

/** The whole table. Codes that are not in it: see {@linkcode closeAction}. */
export const CLOSE_CODES: readonly CloseCodeRow[] = [
  { code: 1000, name: "normal", action: "stop", maySend: true },
  { code: 1001, name: "going_away", action: "back_off", maySend: true },
  { code: 1002, name: "protocol_error", action: "stop", maySend: true },
  { code: 1003, name: "unsupported_data", action: "stop", maySend: true },
  { code: 1005, name: "no_status", action: "back_off", maySend: false },
  { code: 1006, name: "abnormal", action: "back_off", maySend: false },
  { code: 1007, name: "invalid_payload", action: "stop", maySend: true },
  { code: 1008, name: "policy_violation", action: "stop", maySend: true },
  { code: 1009, name: "too_big", action: "stop", maySend: true },
  { code: 1010, name: "mandatory_extension", action: "stop", maySend: true },
  { code: 1011, name: "internal_error", action: "back_off", maySend: true },
  { code: 1012, name: "service_restart", action: "spread", maySend: true },
  { code: 1013, name: "try_again_later", action: "later", maySend: true },
  { code: 1014, name: "bad_gateway", action: "back_off", maySend: true },
  { code: 1015, name: "tls_handshake", action: "back_off", maySend: false },
  { code: 4400, name: "bad_message", action: "stop", maySend: true },
  { code: 4401, name: "unauthorized", action: "renew", maySend: true },
  { code: 4403, name: "forbidden", action: "stop", maySend: true },
  { code: 4408, name: "timeout", action: "back_off", maySend: true },
  { code: 4409, name: "replaced", action: "stop", maySend: true },
  { code: 4413, name: "queue_overflow", action: "back_off", maySend: true },
  { code: 4429, name: "too_many", action: "back_off", maySend: true },
];

const ROWS: ReadonlyMap<number, CloseCodeRow> = new Map(CLOSE_CODES.map((row) => [row.code, row]));

/** What a client does after `code`; a code that the table does not know means `stop`. */
export function closeAction(code: number): CloseAction {
  return ROWS.get(code)?.action ?? "stop";
}

/** Whether `code` may stand in a close frame: assigned by RFC 6455 or IANA and meant to be sent, or 3000 to 4999. */
export function maySend(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return code >= 3000 ? code <= 4999 : ROWS.get(code)?.maySend ?? false;
}

/**
 * The code of a close event as the application sees it: what a runtime reports as `0` or leaves out is 1006.
 * Deno gives 0 for every abnormal end.
 */
export function normalizeCloseCode(code: number | undefined): number {
  return code === undefined || code === 0 ? CloseCode.ABNORMAL : code;
}

/** The most that a close frame holds for the reason: 125 bytes of a control frame less 2 for the code (RFC 6455, 5.5). */
export const MAX_REASON_BYTES = 123;

/** Cuts a reason to {@linkcode MAX_REASON_BYTES} at a character boundary. */
export function cutReason(reason: string): string {
  return cutUtf8(reason, MAX_REASON_BYTES);
}

/**
 * Checks what an application wants to close with, and returns the reason as it may be sent.
 *
 * @throws {RangeError} If the code may not be sent.
 * @throws {TypeError} If the reason is not a string.
 */
export function checkClose(code: number, reason: string): string {
  if (!maySend(code)) {
    throw new RangeError(
      `Cannot close the connection as the code must be one that may be sent: current value is ${code}: ` +
        "use 1000, another code of docs/PROTOCOL.md, or your own from 4000 to 4999",
    );
  }
  if (typeof reason !== "string") {
    throw new TypeError(`Cannot close the connection as the reason must be a string: it is ${typeof reason}`);
  }
  return cutReason(reason);
}
