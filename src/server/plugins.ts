/**
 * Puts middleware and plugins in, and takes everything that they brought out again.
 *
 * @module
 */

import type { Off } from "../internal/emitter.ts";
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
 * @returns What takes it out again; calling it once more does nothing.
 * @throws {TypeError} If it is neither. What a plugin throws comes through, when what it had put in was taken out.
 */
export function use<Data>(what: WebSocketMiddleware<Data> | WebSocketPlugin<Data>, ports: PluginPorts<Data>): Off {
  if (typeof what === "object" && what !== null) {
    if ("install" in what && typeof what.install === "function") return install(what, ports);
    const { connection, message } = what as WebSocketMiddleware<Data>;
    if (isOptionalFunction(connection) && isOptionalFunction(message) && (connection ?? message) !== undefined) {
      const offs: Off[] = [];
      // Called on the object, which may be a class of the application.
      if (connection !== undefined) {
        offs.push(ports.addConnectionLayer((request, next) => connection.call(what, request, next)));
      }
      if (message !== undefined) {
        offs.push(ports.addMessageLayer((from, received, next) => message.call(what, from, received, next)));
      }
      return takingOut(offs);
    }
  }
  throw new TypeError(
    "Cannot use this as it is neither a middleware nor a plugin: pass { connection(request, next) }, " +
      "{ message(connection, message, next) }, both, or { name, install(host) }",
  );
}

function install<Data>(plugin: WebSocketPlugin<Data>, ports: PluginPorts<Data>): Off {
  const offs: Off[] = [];
  const { host } = ports;
  function kept(off: Off): Off {
    offs.push(off);
    return off;
  }
  const own: PluginHost<Data> = {
    use: (middleware) => kept(use(middleware, ports)),
    handle: (type, handler) => kept(host.handle(type, handler)),
    room: (pattern, rule) => kept(host.room(pattern, rule)),
    on: (name, listener) => kept(host.on(name, listener)),
    subscribe: (room, listener) => kept(host.subscribe(room, listener)),
    connections: host.connections,
    getStats: () => host.getStats(),
    platform: host.platform,
  };
  try {
    const farewell = plugin.install(own);
    if (typeof farewell === "function") offs.push(farewell);
  } catch (error) {
    takingOut(offs)();
    throw error;
  }
  return takingOut(offs);
}

/** What calls all of `offs` once, the last one first. */
function takingOut(offs: Off[]): Off {
  return () => {
    for (const off of offs.splice(0).reverse()) off();
  };
}

function isOptionalFunction(value: unknown): boolean {
  return value === undefined || typeof value === "function";
}
