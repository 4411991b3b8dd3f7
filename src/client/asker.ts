/**
 * Asks the server: gives questions their ids, sends them, again where that is wanted, and settles their promises.
 *
 * @module
 */

import { ConnectionClosedError, OutboxFullError, RemoteError, RequestTimeoutError } from "../errors.ts";
import type { Payload } from "../protocol/codec.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ClientRequestOptions } from "./conversation_types.ts";
import type { Core } from "./core.ts";
import { misuse } from "./misuse.ts";
import { type ClientPlatform, createAlarm } from "./platform.ts";
import type { ClientClose, DropReason } from "./types.ts";

/** What can be asked: an object with a `type`, which gets an `id`. */
export type Question = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Asks. */
export interface Asker {
  /**
   * Sends a question, and waits for the answer.
   *
   * @param encode Puts a question of the application into a frame; such a question waits where there is no connection.
   * Without it, it is one of the protocol, and there is one.
   */
  ask(
    question: Question,
    options?: ClientRequestOptions,
    encode?: (message: Question) => Payload,
  ): Promise<unknown>;
  /** Takes an answer, and tells whether it is one to a question of ours. */
  answered(answer: WebSocketMessage, isError: boolean): boolean;
  /** What waits in the outbox is about to be sent. */
  opening(): void;
  /** A message was dropped. Tells whether it was a question: then its promise says so. */
  dropped(message: unknown, reason: DropReason, limit: number | undefined): boolean;
  /** What promises reject with when the connection is gone. */
  closedError(): ConnectionClosedError;
  /** A connection ended, or the client stopped. */
  closed(event: Pick<ClientClose, "code" | "reason" | "willReconnect">): void;
}

/** What an asker needs. */
export interface AskerParts {
  readonly platform: ClientPlatform;
  readonly core: Core;
  /** Whether the server can be told that nobody waits any more. */
  readonly canCancel: boolean;
  readonly maxPendingRequests: number;
}

/** A question that waits for its answer. */
interface Asked {
  readonly message: Question;
  /** Whether it waits in the outbox. */
  isQueued: boolean;
  /** The connection is gone: asks once more where that is wanted. */
  lost(): void;
  /** Settles the promise. */
  resolve(data: unknown): void;
  /** Settles the promise. */
  reject(reason: unknown): void;
}

/** Makes an asker. */
export function createAsker({ platform, core, canCancel, maxPendingRequests }: AskerParts): Asker {
  const pending = new Map<unknown, Asked>();
  /** How the last connection ended. */
  let end = { code: 1000, reason: "" };
  let lastId = 0;

  return {
    ask,
    answered({ id, data, error }, isError) {
      const asked = pending.get(id);
      if (isError) asked?.reject(toRemoteError(error));
      else asked?.resolve(data);
      // An id of ours that nobody waits for: then the answer is late.
      return !!asked || (typeof id === "string" && id[0] === "$");
    },
    opening() {
      for (const asked of pending.values()) asked.isQueued = false;
    },
    dropped(message, reason, limit) {
      const asked = pending.get((message as { id?: unknown } | null)?.id);
      if (!asked || asked.message !== message) return false;
      // When the client closes, closed() follows and knows more.
      if (reason !== "closed") asked.reject(full(reason as "size", limit!));
      return true;
    },
    closedError,
    closed(event) {
      end = event;
      for (const asked of [...pending.values()]) {
        if (event.willReconnect) asked.lost();
        else asked.reject(closedError());
      }
    },
  };

  function ask(
    question: Question,
    { timeoutMs = 30_000, retries = 0, signal }: ClientRequestOptions = {},
    encode?: (message: Question) => Payload,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      for (const [name, value] of Object.entries({ timeoutMs, retries })) {
        if (!(value >= 0)) throw misuse(name, "a number of at least 0", value, RangeError);
      }
      signal?.throwIfAborted();
      if (encode && pending.size >= maxPendingRequests) throw full("messages", maxPendingRequests);
      const id = `$${++lastId}`;
      const message = { ...question, id };
      const frame = encode ? encode(message) : JSON.stringify(message);
      const alarm = createAlarm(platform);
      let left = retries;
      const asked: Asked = {
        message,
        isQueued: false,
        lost: () => asked.isQueued || again(closedError),
        resolve(data) {
          over();
          resolve(data);
        },
        reject(reason) {
          over();
          reject(reason);
        },
      };
      pending.set(id, asked);
      signal?.addEventListener("abort", onAbort);
      attempt();

      function attempt(): void {
        alarm(timeoutMs, () => {
          again(() => {
            giveUp();
            const { type } = message;
            return new RequestTimeoutError(`Cannot wait longer than ${timeoutMs} ms for "${type}"`, type, timeoutMs);
          });
        });
        if (asked.isQueued) return;
        // What is said before the connection counts as open.
        if (!encode && !core.connection!.isOpen) return core.connection!.send(frame);
        const outcome = core.send(message, frame);
        asked.isQueued = outcome === "queued";
        if (outcome === "closed") asked.reject(closedError());
      }

      function again(otherwise: () => unknown): void {
        if (left-- > 0) attempt();
        else asked.reject(otherwise());
      }

      function onAbort(): void {
        giveUp();
        asked.reject(signal!.reason);
      }

      /** Nobody waits any more. */
      function giveUp(): void {
        const { items, remove } = core.outbox;
        for (const entry of items) if (entry.message === message) return remove(entry);
        if (canCancel && core.connection?.isOpen) core.connection.send(JSON.stringify({ type: "$cancel", id }));
      }

      function over(): void {
        pending.delete(id);
        alarm();
        signal?.removeEventListener("abort", onAbort);
      }
    });
  }

  function closedError(): ConnectionClosedError {
    return new ConnectionClosedError("Cannot get an answer: the connection is closed", end.code, end.reason);
  }
}

function full(bound: OutboxFullError["bound"], limit: number): OutboxFullError {
  return new OutboxFullError(`Cannot ask: the limit is ${limit} (${bound})`, bound, limit);
}

/** What the server said. Servers that are not of this module may say anything. */
export function toRemoteError(error: unknown): RemoteError {
  const { code = "unknown", message = error, data } = Object(error) as Record<string, unknown>;
  return new RemoteError(String(code), String(message), data);
}
