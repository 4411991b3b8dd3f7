/**
 * Which handler belongs to which type of message. Pure.
 *
 * @module
 */

import { isControlType } from "../protocol/codec.ts";
import type { AnyHandler } from "./types.ts";

/** Handlers by type. Types come from peers, so they are keys of a Map. */
export class Router {
  readonly #handlers = new Map<string, AnyHandler>();

  /** Whether there is no handler at all. A plain field: it is read for every message. */
  isEmpty = true;

  /**
   * Adds a handler, and returns what removes it.
   *
   * @throws {TypeError} If the type has a handler, or none can be had for it.
   */
  add(type: string, handler: AnyHandler): () => void {
    checkHandler("handle", type, handler);
    if (this.#handlers.has(type)) {
      throw new TypeError(
        `Cannot register a second handler for "${type}": remove the first by the function that handle() returned, ` +
          "or use a middleware",
      );
    }
    this.#handlers.set(type, handler);
    this.isEmpty = false;
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#handlers.delete(type);
      this.isEmpty = this.#handlers.size === 0;
    };
  }

  /** Finds the handler of a type. */
  find(type: string): AnyHandler | undefined {
    return this.#handlers.get(type);
  }
}

/**
 * Checks what is to become a handler.
 *
 * @throws {TypeError} If the type is not a name, or the handler not a function.
 */
export function checkHandler(what: string, type: unknown, handler: unknown): void {
  if (typeof type !== "string" || type === "" || isControlType(type)) {
    throw new TypeError(
      `Cannot ${what} messages as their type must be a string that does not begin with "$": current value is ` +
        `${typeof type === "string" ? JSON.stringify(type) : typeof type}`,
    );
  }
  if (typeof handler !== "function") {
    throw new TypeError(
      `Cannot ${what} "${type}" as the handler must be a function: current value is ${typeof handler}`,
    );
  }
}
