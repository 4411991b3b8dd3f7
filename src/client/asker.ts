/**
 * Asks the server: gives questions their ids, sends them, again where that is wanted, and settles their promises.
 *
 * @module
 */

import type { OutboxFullError } from "../errors.ts";
import type { Payload } from "../protocol/codec.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ClientRequestOptions } from "./conversation_types.ts";
import type { OutboxEntry } from "./outbox.ts";
import { toRemoteError } from "./remote_error.ts";
import type { Shared } from "./shared.ts";
import type { ClientClose, DropReason } from "./types.ts";

/** What can be asked: an object with a `type`, which gets an `id`. */
export type Question = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Asks. */
export interface Asker {
  /** Sends a question, and waits for the answer. */
  ask(question: Question, options?: AskOptions): Promise<unknown>;
  /** Takes an answer, and tells whether it is one to a question of ours. */
  answered(answer: WebSocketMessage, isError: boolean): boolean;
  /** Whether somebody waits for the acknowledgement of a message. */
  wantsAck(message: unknown): boolean;
  /** The server has handled a message, which may be one of ours. */
  handled(message: unknown): void;
  /** A message was dropped. Tells whether it was a question: then its promise says so. */
  dropped(message: unknown, reason: DropReason, limit: number | undefined): boolean;
  /** A connection ended, or the client stopped; `isSuspended` where the session may go on, and answers may still come. */
  closed(event: Pick<ClientClose, "willReconnect">, isSuspended: boolean): void;
  /** No answers will come to what was asked before, but to what is sent again: asks where that is wanted. */
  lost(again: readonly { readonly message: unknown }[]): void;
  /** No acknowledgements will come: gives up what waits for one. */
  unable(error: Error): void;
}

/** How something is asked. */
export interface AskOptions extends ClientRequestOptions {
  /**
   * What stands in the frame of a question of the application, but for the id; such a question waits where there is no
   * connection. Without it, it is one of the protocol, and there is a connection.
   */
  readonly frame?: Payload;
  /** Whether not an answer is waited for, but the acknowledgement. */
  readonly wantsAck?: boolean;
  /** Looks at the answer as it came, before anything that came behind it is looked at. */
  readonly look?: (answer: WebSocketMessage) => void;
}

/** A question that waits for its answer. */
interface Asked extends AskOptions {
  readonly message: Question;
  /** No answer will come: asks once more where that is wanted. */
  lost(): void;
  /** Nobody waits any more. */
  giveUp(): void;
  /** Settles the promise. */
  resolve(data?: unknown): void;
  /** Settles the promise. */
  reject(reason: unknown): void;
}

/** Makes an asker. */
export function createAsker(shared: Shared): Asker {
  const { core, options: { platform, maxPendingRequests }, isManaged, closedError } = shared;
  const { createAlarm, exceeds, misuse, OutboxFullError, RequestTimeoutError } = shared;
  const pending = new Map<unknown, Asked>();
  let lastId = 0;

  return {
    ask,
    answered(answer, isError) {
      const { id, data, error } = answer;
      const asked = pending.get(id);
      if (isError) asked?.reject(toRemoteError(error, shared));
      else {
        asked?.look?.(answer);
        asked?.resolve(data);
      }
      // An id of ours that nobody waits for: then the answer is late.
      return !!asked || (typeof id === "string" && id[0] === "$");
    },
    wantsAck: (message) => !!find(message)?.wantsAck,
    handled(message) {
      const asked = find(message);
      if (asked?.wantsAck) asked.resolve();
    },
    dropped(message, reason, limit) {
      const asked = find(message);
      // When the client closes, closed() follows and knows more.
      if (reason !== "closed") asked?.reject(full(reason as "size", limit!));
      return !!asked;
    },
    closed({ willReconnect }, isSuspended) {
      for (const asked of [...pending.values()]) {
        if (!willReconnect) asked.reject(closedError());
        else if (!isSuspended || asked.frame === undefined) asked.lost();
      }
    },
    lost(again) {
      const coming = new Set(again.map(({ message }) => message));
      for (const asked of [...pending.values()]) if (!coming.has(asked.message)) asked.lost();
    },
    unable(error) {
      for (const asked of [...pending.values()]) {
        if (!asked.wantsAck) continue;
        asked.giveUp();
        asked.reject(error);
      }
    },
  };

  /** The question that a message is. */
  function find(message: unknown): Asked | undefined {
    const asked = pending.get((message as Partial<Question> | null)?.id);
    return asked?.message === message ? asked : undefined;
  }

  function ask(question: Question, options: AskOptions = {}): Promise<unknown> {
    const { timeoutMs = 30_000, retries = 0, signal, frame: given, wantsAck } = options;
    const isOurs = given === undefined;
    return new Promise((resolve, reject) => {
      for (const [name, value] of Object.entries({ timeoutMs, retries })) {
        if (!(value >= 0)) throw misuse(name, "a number of at least 0", value, RangeError);
      }
      // What is to be acknowledged is sent all the same.
      if (!wantsAck) signal?.throwIfAborted();
      if (!isOurs && pending.size >= maxPendingRequests) throw full("messages", maxPendingRequests);
      const id = `$${++lastId}`;
      const message = { ...question, id };
      const time = !isOurs && isManaged && timeoutMs < 2 ** 53 ? `,"$timeoutMs":${timeoutMs}` : "";
      const frame = isOurs ? JSON.stringify(message) : wantsAck ? given : `${given.slice(0, -1)},"id":"${id}"${time}}`;
      const alarm = createAlarm(platform);
      let left = retries;
      const asked: Asked = {
        ...options,
        message,
        lost() {
          if (!waiting()) again(closedError);
        },
        giveUp,
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
      if (signal?.aborted) onAbort();

      function attempt(): void {
        alarm(timeoutMs, () => {
          again(() => {
            giveUp();
            const { type } = message;
            return new RequestTimeoutError(`Cannot wait longer than ${timeoutMs} ms for "${type}"`, type, timeoutMs);
          });
        });
        if (!isOurs) {
          if (!waiting() && core.send(message, frame) === "closed") asked.reject(closedError());
        } else if (core.connection) {
          const { maxSendBytes, send } = core.connection;
          if (exceeds(frame, maxSendBytes)) asked.reject(full("size", maxSendBytes));
          else send(frame);
        } else asked.reject(closedError());
      }

      function again(otherwise: () => unknown): void {
        if (left-- > 0) attempt();
        else asked.reject(otherwise());
      }

      function onAbort(): void {
        if (!wantsAck) giveUp();
        asked.reject(signal!.reason);
      }

      /** Finds it in the outbox. */
      function waiting(): OutboxEntry | undefined {
        return [...core.outbox.items].find((entry) => entry.message === message);
      }

      function giveUp(): void {
        const entry = waiting();
        if (entry) core.outbox.remove(entry);
        else if (isManaged && core.connection?.isOpen) {
          core.connection.send(JSON.stringify({ type: "$cancel", id }));
        }
      }

      function over(): void {
        pending.delete(id);
        alarm();
        signal?.removeEventListener("abort", onAbort);
      }
    });
  }

  function full(bound: OutboxFullError["bound"], limit: number): OutboxFullError {
    return new OutboxFullError(`Cannot ask: the limit is ${limit} (${bound})`, bound, limit);
  }
}
