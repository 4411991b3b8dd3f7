/**
 * Calls code of the application so that nothing it throws or rejects gets out: on Deno an error that leaves a socket's
 * event ends the process.
 *
 * @module
 */

import type { ServerConnection } from "./connection.ts";
import type { ServerLog } from "./log.ts";
import type { Counters } from "./stats.ts";
import type { WebSocketConnection, WebSocketHandlers } from "./types.ts";

/** What the guard tells the server of errors. */
export type ErrorListener<Data> = (connection: WebSocketConnection<Data> | undefined, error: Error) => void;

/** Takes errors to `onError`, the `error` event, the log and the counter. */
export class Guard<Data> {
  readonly #log: ServerLog;
  readonly #counters: Counters;
  /** The handlers in force; replaced when the application sets others. */
  handlers: WebSocketHandlers<Data>;
  /** Fires the `error` event. */
  onReport: ErrorListener<Data> | undefined;

  /** Makes a guard for these handlers. */
  constructor(handlers: WebSocketHandlers<Data>, log: ServerLog, counters: Counters) {
    this.handlers = handlers;
    this.#log = log;
    this.#counters = counters;
  }

  /** Tells the application of an error. Never throws. */
  report(connection: ServerConnection<Data> | undefined, thrown: unknown): void {
    const error = toError(thrown);
    this.#counters.errors++;
    this.#log.failed(connection?.id, error);
    this.onReport?.(connection, error);
    try {
      const result: unknown = this.handlers.onError?.(connection, error);
      if (isThenable(result)) Promise.resolve(result).catch((again) => this.#errorHandlerFailed(again));
    } catch (again) {
      this.#errorHandlerFailed(again);
    }
  }

  /** Tells of a listener for `event` that failed. */
  listenerFailed(event: PropertyKey, error: unknown): void {
    if (event === "error") this.#errorHandlerFailed(error);
    else this.report(undefined, error);
  }

  /** Calls `call`; what it throws, and what its promise rejects with, is reported. Returns the promise, if there is one. */
  run(connection: ServerConnection<Data> | undefined, call: () => unknown): Promise<unknown> | undefined {
    try {
      const result = call();
      // A promise of our own making: calling somebody else's "then" could throw.
      return isThenable(result) ? Promise.resolve(result) : undefined;
    } catch (error) {
      this.report(connection, error);
      return undefined;
    }
  }

  /** `onError`, or a listener for errors, failed itself. That is logged and goes no further, or it would go round for ever. */
  #errorHandlerFailed(error: unknown): void {
    this.#log.errorHandlerFailed(error);
  }
}

/** Whether a handler's result is to be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/**
 * Refuses a promise from a callback whose answer is needed at once; what becomes of it is not heard.
 *
 * @throws {TypeError} If `answer` is one.
 */
export function refusePromise(callback: string, answer: unknown): void {
  if (!isThenable(answer)) return;
  Promise.resolve(answer).catch(() => {});
  throw new TypeError(`Cannot wait for ${callback} as it returned a promise: make it synchronous`);
}

/** Makes an Error of whatever was thrown, also of what cannot be made a string. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  let text: string;
  try {
    text = String(thrown);
  } catch {
    text = "an object without a text form";
  }
  return new Error(`Something other than an error was thrown: ${text}`);
}
