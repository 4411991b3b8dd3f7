/** A host for plugins without a server: what they put in can be called by a test, on a virtual clock. */

import type { WebSocketMessage } from "../../../src/protocol/messages.ts";
import type {
  ConnectionRequest,
  PlatformPorts,
  PluginHost,
  WebSocketConnection,
  WebSocketMiddleware,
  WebSocketPlugin,
  WebSocketServerEvents,
} from "../../../src/server/types.ts";
import { VirtualClock } from "../../../src/testing/mod.ts";

/** A connection as far as middleware looks at it. */
export class FakeConnection {
  readonly id: string;
  readonly userId: string | undefined;
  readonly remoteAddr: string;
  readonly url: string;
  readonly userAgent: string;
  readonly protocol: string;
  readonly uptimeMs = 1_234;
  readonly closeInfo: { code: number; reason: string } | undefined;
  /** With which codes it was closed. */
  readonly closed: (number | undefined)[] = [];

  constructor(fields: Partial<FakeConnection> = {}) {
    this.id = fields.id ?? "01J0000000000000000000000C";
    this.userId = fields.userId;
    this.remoteAddr = fields.remoteAddr ?? "192.0.2.1";
    this.url = fields.url ?? "http://localhost/ws";
    this.userAgent = fields.userAgent ?? "";
    this.protocol = fields.protocol ?? "";
    this.closeInfo = fields.closeInfo;
  }

  close(code?: number): void {
    this.closed.push(code);
  }
}

/** What a plugin is installed in. */
export class FakeHost {
  readonly clock = new VirtualClock();
  memoryBytes: number | undefined = 0;
  readonly #layers: WebSocketMiddleware[] = [];
  readonly #listeners = new Map<string, ((event: unknown) => unknown)[]>();

  readonly platform: PlatformPorts = {
    now: () => this.clock.now(),
    date: () => this.clock.date(),
    memoryBytes: () => this.memoryBytes,
    setTimer: (callback, delayMs) => this.clock.setTimer(callback, delayMs),
    clearTimer: (timer) => this.clock.clearTimer(timer),
  };

  /** Puts a plugin in, and returns what its `install` returned. */
  install(plugin: WebSocketPlugin): void | (() => void) {
    const host = {
      use: (middleware: WebSocketMiddleware) => {
        this.#layers.push(middleware);
        return () => {};
      },
      on: (name: keyof WebSocketServerEvents, listener: (event: unknown) => unknown) => {
        this.#listeners.set(name, [...this.#listeners.get(name) ?? [], listener]);
        return () => {};
      },
      platform: this.platform,
    };
    return plugin.install(host as unknown as PluginHost);
  }

  /** Puts middleware in. */
  use(middleware: WebSocketMiddleware): void {
    this.#layers.push(middleware);
  }

  /** Fires an event. */
  emit(name: keyof WebSocketServerEvents, event: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event);
  }

  /** Sends a message through; returns it as the handler would get it, `undefined` when it did not come through. */
  receive(connection: FakeConnection, message: WebSocketMessage): WebSocketMessage | undefined {
    let got: WebSocketMessage | undefined;
    const run = (at: number, current: WebSocketMessage): void | Promise<void> => {
      const layer = this.#layers.slice(at).find((each) => each.message !== undefined);
      if (layer === undefined) return void (got = current);
      const next = (other?: WebSocketMessage) => run(this.#layers.indexOf(layer) + 1, other ?? current);
      return layer.message!(connection as unknown as WebSocketConnection, current, next);
    };
    run(0, message);
    return got;
  }

  /** Lets a peer come; returns the response that refuses it, `undefined` when it was let in. */
  ask(request: Partial<ConnectionRequest> = {}, inside?: () => Response | void | Promise<Response | void>) {
    const whole = { remoteAddr: "192.0.2.1", userId: undefined, url: "http://localhost/ws", userAgent: "", ...request };
    const run = (at: number): Response | void | Promise<Response | void> => {
      const layer = this.#layers[at];
      if (layer === undefined) return inside?.();
      if (layer.connection === undefined) return run(at + 1);
      return layer.connection(whole as ConnectionRequest<Record<string, unknown>>, () => run(at + 1));
    };
    return run(0);
  }
}
