/**
 * Puts middleware and plugins in, and takes everything that they brought out again.
 *
 * @module
 */

import type { Off } from "../internal/emitter.ts";
import { refusePromise } from "./guard.ts";
import type { PluginHost, WebSocketMiddleware, WebSocketPlugin } from "./types.ts";

/** What is needed of the server. */
export interface PluginPorts<Data> {
  /** What plugins see, with functions that are not bound to a plugin. */
  readonly host: Omit<PluginHost<Data>, "use">;
  /** Adds a layer around the way in. */
  addConnectionLayer(layer: NonNullable<WebSocketMiddleware<Data>["connection"]>): Off;
  /** Adds a layer around the handling of messages. */
  addMessageLayer(layer: NonNullable<WebSocketMiddleware<Data>["message"]>): Off;
}

/**
 * Puts one in.
 *
 * @returns What takes it out again; calling it once more does nothing. What a plugin's farewell throws comes through, when
 * everything is out.
 * @throws {TypeError} If it is neither. What a plugin throws comes through, when what it had put in was taken out.
 */
export function use<Data>(what: WebSocketMiddleware<Data> | WebSocketPlugin<Data>, ports: PluginPorts<Data>): Off {
  if (typeof what === "object" && what !== null) {
    if ("install" in what && typeof what.install === "function") return install(what, ports);
    const { connection, message } = what as WebSocketMiddleware<Data>;
    if (isOptionalFunction(connection) && isOptionalFunction(message) && (connection ?? message) !== undefined) {
      const belongings = new Belongings();
      // Called on the object, which may be a class of the application.
      if (connection !== undefined) {
        belongings.keep(ports.addConnectionLayer((request, next) => connection.call(what, request, next)));
      }
      if (message !== undefined) {
        belongings.keep(ports.addMessageLayer((from, received, next) => message.call(what, from, received, next)));
      }
      return () => belongings.takeOut();
    }
  }
  throw new TypeError(
    "Cannot use this as it is neither a middleware nor a plugin: pass { connection(request, next) }, " +
      "{ message(connection, message, next) }, both, or { name, install(host) }",
  );
}

function install<Data>(plugin: WebSocketPlugin<Data>, ports: PluginPorts<Data>): Off {
  const belongings = new Belongings();
  const { host } = ports;
  function keep(putIn: () => Off): Off {
    if (!belongings.areIn) {
      throw new TypeError(`Cannot put in anything for the plugin "${plugin.name}" as it was taken out: use it again`);
    }
    return belongings.keep(putIn());
  }
  const own: PluginHost<Data> = {
    use: (inner) => keep(() => use(inner, ports)),
    handle: (type, handler) => keep(() => host.handle(type, handler)),
    room: (pattern, rule) => keep(() => host.room(pattern, rule)),
    on: (name, listener) => keep(() => host.on(name, listener)),
    subscribe: (room, listener) => keep(() => host.subscribe(room, listener)),
    connections: host.connections,
    getStats: () => host.getStats(),
    platform: host.platform,
  };
  try {
    const farewell: unknown = plugin.install(own);
    refusePromise(`install() of the plugin "${plugin.name}"`, farewell);
    if (typeof farewell === "function") belongings.keep(farewell as Off);
    return () => belongings.takeOut();
  } catch (error) {
    try {
      belongings.takeOut();
    } catch {
      // What went wrong first is what counts.
    }
    throw error;
  }
}

/** What one plugin, or one middleware, has put in. */
class Belongings {
  readonly #offs = new Set<Off>();

  /** Whether they were not taken out yet. */
  areIn = true;

  /** Adds what takes one of them out; returns what does so, and is forgotten then. */
  keep(off: Off): Off {
    const own = (): void => {
      if (this.#offs.delete(own)) off();
    };
    this.#offs.add(own);
    return own;
  }

  /** Takes all of them out, the last one first, also where one throws; the first error is thrown in the end. */
  takeOut(): void {
    this.areIn = false;
    const errors: unknown[] = [];
    for (const off of [...this.#offs].reverse()) {
      try {
        off();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

function isOptionalFunction(value: unknown): boolean {
  return value === undefined || typeof value === "function";
}
