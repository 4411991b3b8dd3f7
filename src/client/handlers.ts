/**
 * Handlers by type of message: one for each. Pure.
 *
 * @module
 */

import type { ClientMessageContext } from "./conversation_types.ts";
import { misuse } from "./misuse.ts";

/** A handler whose types are not known any more. */
// deno-lint-ignore no-explicit-any -- what goes in was checked where the handler was given
export type AnyHandler = (data: any, context: ClientMessageContext) => unknown;

/** Handlers by type. Types come from the server, so they are keys of a Map. */
export type Handlers = Map<string, AnyHandler>;

/**
 * Adds a handler, and returns what takes it off again.
 *
 * @throws {TypeError} If the type has a handler or can have none, or the handler is not a function.
 */
export function addHandler(handlers: Handlers, type: string, handler: AnyHandler): () => void {
  if (typeof type !== "string" || type[0] === "$") throw misuse("type", 'a string that does not begin with "$"', type);
  if (typeof handler !== "function") throw misuse("handler", "a function", handler);
  if (handlers.has(type)) {
    throw new TypeError(`Cannot handle "${type}" twice`);
  }
  handlers.set(type, handler);
  return () => {
    if (handlers.get(type) === handler) handlers.delete(type);
  };
}
