/**
 * The platform port on Deno. The only file in which the runtime is named.
 *
 * @module
 */

import type { SocketLike } from "../internal/socket_like.ts";
import type { Listener, ListenOptions, Platform, RequestHandler, Upgraded, UpgradeOptions } from "./platform.ts";

/** Deno's clock, timers, memory and environment, `Deno.upgradeWebSocket` and `Deno.serve`. */
export const denoPlatform: Platform = {
  now: () => performance.now(),
  date: () => Date.now(),
  setTimer(callback: () => void, delayMs: number): unknown {
    const timer = setTimeout(callback, delayMs);
    Deno.unrefTimer(timer);
    return timer;
  },
  clearTimer(timer: unknown): void {
    clearTimeout(timer as number);
  },
  defer(callback: () => void): void {
    // Closed inside a message event while another frame is already in, a socket ends without a close frame (2.9.6).
    setImmediate(callback);
  },
  memoryBytes: () => Deno.memoryUsage().rss,
  env(name: string): string | undefined {
    try {
      const { state } = Deno.permissions.querySync({ name: "env", variable: name });
      return state === "granted" ? Deno.env.get(name) : undefined;
    } catch {
      return undefined; // a name that no variable can have
    }
  },
  upgrade(request: Request, options: UpgradeOptions): Upgraded {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: options.idleTimeoutSeconds });
    // Given as an option, the name would have to stand in the request's list as Deno splits it, at comma and space;
    // a list written without the space is as good (RFC 9110, 5.6.1).
    if (options.protocol !== "") response.headers.set("sec-websocket-protocol", options.protocol);
    return { socket: socket as SocketLike, response };
  },
  listen(options: ListenOptions, handler: RequestHandler): Listener {
    const { port, hostname = "0.0.0.0", cert, key } = options;
    const tls = cert !== undefined && key !== undefined ? { cert, key } : {};
    const server = Deno.serve({ port, hostname, ...tls, onListen: () => {} }, handler);
    const { addr } = server;
    return {
      address: { hostname: addr.hostname, port: addr.port },
      finished: server.finished,
      shutdown: () => server.shutdown(),
    };
  },
};
