/**
 * What the server has asked of peers: who waits for which answer, until when.
 *
 * @module
 */

import { type ConnectionClosedError, OutboxFullError, RemoteError, RequestTimeoutError } from "../errors.ts";
import { type NumberRule, OptionChecks } from "../internal/checks.ts";
import type { CompiledContract } from "../protocol/contract_check.ts";
import { invalidData, validate } from "../protocol/contract_check.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import { closedError } from "./close_info.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import type { Outbound } from "./outbound.ts";
import { Alarm, type Scheduler } from "./scheduler.ts";
import type { RequestOptions } from "./types.ts";

/** How long an answer is waited for where the application does not say, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** From one millisecond to the longest delay that a runtime's timer takes. */
const TIMEOUT: NumberRule = { min: 1, max: 2 ** 31 - 1 };
const RETRIES: NumberRule = { min: 0, integer: true };

const checks = new OptionChecks("ask");

/** The other parts that this one needs. */
export interface RequestParts<Data> {
  readonly scheduler: Scheduler;
  readonly outbound: Pick<Outbound<Data>, "encodeRequest">;
  readonly delivery: Pick<Delivery<Data>, "deliver" | "control">;
  readonly contract: CompiledContract | undefined;
  /** Requests to one peer that may wait for their answers. */
  readonly maxPendingRequests: number;
}

/** Asks. */
export class Requests<Data> {
  readonly #parts: RequestParts<Data>;
  #lastId = 0;

  /** Puts the part together. */
  constructor(parts: RequestParts<Data>) {
    this.#parts = parts;
  }

  /** Asks one peer. What is wrong with the arguments is thrown by the promise. */
  // deno-lint-ignore require-await -- everything is told by the promise
  async ask(
    connection: ServerConnection<Data>,
    type: string,
    data: unknown,
    options: RequestOptions = {},
  ): Promise<unknown> {
    const { signal } = options;
    if (typeof type !== "string" || type === "") throw checks.failure("type", "be a string that is not empty", type);
    const timeoutMs = checks.number("timeoutMs", options.timeoutMs, DEFAULT_TIMEOUT_MS, TIMEOUT);
    const retries = checks.number("retries", options.retries, 0, RETRIES);
    signal?.throwIfAborted();
    const { maxPendingRequests } = this.#parts;
    if (connection.phase !== Phase.OPEN) throw goneError(connection);
    const asked = connection.asked ??= new Map();
    if (asked.size >= maxPendingRequests) {
      throw new OutboxFullError(
        `Cannot ask "${type}" as ${asked.size} requests to this peer wait for their answers: raise "maxPendingRequests"`,
        "messages",
        maxPendingRequests,
      );
    }
    const id = ++this.#lastId;
    const message = data === undefined ? { type, id } : { type, data, id };
    const frame = this.#parts.outbound.encodeRequest(connection, message, timeoutMs);
    return new Promise((resolve, reject) => {
      const { scheduler, delivery } = this.#parts;
      let left = retries;
      const alarm = new Alarm(() => {
        if (left-- > 0) return send();
        pending.cancel();
        const text = `Cannot wait longer for the answer to "${type}": none came within ${timeoutMs} ms`;
        pending.reject(new RequestTimeoutError(text, type, timeoutMs));
      });
      const onAbort = (): void => {
        pending.cancel();
        pending.reject(signal!.reason);
      };
      const over = (): void => {
        asked.delete(id);
        scheduler.forget(alarm);
        signal?.removeEventListener("abort", onAbort);
      };
      const pending: PendingRequest = {
        type,
        resolve(value) {
          over();
          resolve(value);
        },
        reject(reason) {
          over();
          reject(reason);
        },
        cancel() {
          if (connection.isManaged) delivery.control(connection, { type: "$cancel", id });
        },
      };
      const send = (): void => {
        scheduler.wakeIn(alarm, timeoutMs);
        delivery.deliver(connection, frame);
      };
      asked.set(id, pending);
      signal?.addEventListener("abort", onAbort, { once: true });
      send();
    });
  }

  /** Takes an answer, and tells whether it is one: it may be late, or the second one to a request that was sent twice. */
  answered({ asked }: ServerConnection<Data>, answer: WebSocketMessage): boolean {
    const { id } = answer;
    if (asked === undefined || typeof id !== "number" || !Number.isSafeInteger(id)) return false;
    const pending = asked.get(id);
    if (pending === undefined) return 0 < id && id <= this.#lastId;
    if (answer.type === "reply" || answer.type === "$reply") this.#accept(pending, answer.data);
    else pending.reject(remoteError(pending.type, answer.error));
    return true;
  }

  /** Nothing more will come from this peer. */
  gone(connection: ServerConnection<Data>): void {
    if (connection.asked === undefined || connection.asked.size === 0) return;
    const error = goneError(connection);
    for (const pending of [...connection.asked.values()]) pending.reject(error);
  }

  #accept(pending: PendingRequest, data: unknown): void {
    const schema = this.#parts.contract?.incomingReply(pending.type);
    if (schema === undefined) return pending.resolve(data);
    Promise.resolve(data).then((value) => validate(schema, value)).then((verdict) => {
      if (verdict.ok) pending.resolve(verdict.value);
      else pending.reject(invalidData("incoming", pending.type, verdict.issues));
    }, pending.reject);
  }
}

/** A request that waits for its answer. */
export interface PendingRequest {
  readonly type: string;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  /** Tells the peer that nobody waits any more. */
  cancel(): void;
}

function remoteError(type: string, error: unknown): RemoteError {
  const { code, message, data } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  return new RemoteError(
    typeof code === "string" ? code.slice(0, 128) : "unknown",
    typeof message === "string" ? message.slice(0, 1024) : `The peer refused "${type}" and did not say why`,
    data,
  );
}

function goneError<Data>({ closeInfo, phase }: ServerConnection<Data>): ConnectionClosedError {
  const state = phase < Phase.OPEN ? "not open yet" : "closed";
  return closedError(`Cannot get an answer as the connection is ${state}`, closeInfo);
}
