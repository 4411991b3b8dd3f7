/**
 * The close codes: what each means, whether it may be sent, and what a client does next. Pure.
 *
 * The table is the one of docs/PROTOCOL.md; server and client both read it here.
 *
 * @module
 */

import { cutUtf8 } from "../internal/utf8.ts";
import { type CloseAction, closeAction } from "./close_actions.ts";

export { type CloseAction, closeAction };

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
export const CLOSE_CODES: readonly CloseCodeRow[] = /* @__PURE__ */ table();

const ROWS: ReadonlyMap<number, CloseCodeRow> = /* @__PURE__ */ rowsByCode();

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

/** The functions keep the table out of bundles that do not use it. */
function table(): readonly CloseCodeRow[] {
  return [
    row(1000, "normal"),
    row(1001, "going_away"),
    row(1002, "protocol_error"),
    row(1003, "unsupported_data"),
    row(1005, "no_status", false),
    row(1006, "abnormal", false),
    row(1007, "invalid_payload"),
    row(1008, "policy_violation"),
    row(1009, "too_big"),
    row(1010, "mandatory_extension"),
    row(1011, "internal_error"),
    row(1012, "service_restart"),
    row(1013, "try_again_later"),
    row(1014, "bad_gateway"),
    row(1015, "tls_handshake", false),
    row(4400, "bad_message"),
    row(4401, "unauthorized"),
    row(4403, "forbidden"),
    row(4408, "timeout"),
    row(4409, "replaced"),
    row(4413, "queue_overflow"),
    row(4429, "too_many"),
  ];
}

function row(code: number, name: string, maySend = true): CloseCodeRow {
  return { code, name, action: closeAction(code), maySend };
}

function rowsByCode(): ReadonlyMap<number, CloseCodeRow> {
  return new Map(CLOSE_CODES.map((each) => [each.code, each]));
}
