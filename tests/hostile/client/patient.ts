/**
 * A client of ours with real sockets at a bad server, whose events a test can wait for.
 *
 * @module
 */

import { WebSocketClient, type WebSocketClientConfig } from "../../../src/client/mod.ts";
import { type ClientPlatform, defaultPlatform } from "../../../src/client/platform.ts";
import type { WebSocketClientEvents } from "../../../src/client/types.ts";
import { Changes, within } from "../harness/deadline.ts";
import { BadServer, type Script } from "./bad_server.ts";

/** How long anything may take before a test says that it did not happen. */
const PATIENCE_MS = 5_000;

type EventName = keyof WebSocketClientEvents;

/** How a client is set up: with small delays, and half of them, so that a test can tell what they will be. */
export type PatientConfig = Partial<Omit<WebSocketClientConfig, "platform">> & {
  readonly platform?: Partial<ClientPlatform>;
};

/** A client, its bad server, and what the client tells. */
export class Patient implements AsyncDisposable {
  /** The client. */
  readonly client: WebSocketClient;
  /** The server. */
  readonly server: BadServer;
  /** Everything that was told, in order. */
  readonly told: (readonly [name: EventName, event: unknown])[] = [];
  /** The ends of all sockets. */
  readonly #gone: Promise<unknown>[] = [];
  readonly #changes = new Changes();

  private constructor(server: BadServer, { platform, reconnect, ...config }: PatientConfig) {
    this.server = server;
    this.client = new WebSocketClient({
      url: `ws://127.0.0.1:${server.port}/ws`,
      protocol: "plain",
      closeTimeoutMs: 300,
      reconnect: reconnect === false ? false : {
        baseDelayMs: 20,
        maxDelayMs: 400,
        laterDelayMs: 100,
        spreadWindowMs: 200,
        minUptimeMs: 60_000,
        ...reconnect,
      },
      ...config,
      platform: {
        ...defaultPlatform,
        random: () => 0.5,
        connect: (url, protocols, headers) => {
          const socket = defaultPlatform.connect(url, protocols, headers);
          this.#gone.push(
            new Promise<void>((resolve) => socket.addEventListener("close", { handleEvent: () => resolve() })),
          );
          return socket;
        },
        ...platform,
      },
    });
    const names: EventName[] = ["statechange", "attempt", "open", "close", "waiting", "error", "message:dropped"];
    for (const name of names) {
      this.client.on(name, (event: unknown) => {
        this.told.push([name, event]);
        this.#changes.notify();
      });
    }
  }

  /** Starts a server that plays `script`, and makes a client for it. */
  static async meet(script: Script, config: PatientConfig = {}): Promise<Patient> {
    return new Patient(await BadServer.start(script), config);
  }

  /** What was told under one name. */
  all<Name extends EventName>(name: Name): WebSocketClientEvents[Name][] {
    return this.told.filter(([each]) => each === name).map(([, event]) => event as WebSocketClientEvents[Name]);
  }

  /** Waits until as many as `count` events of one name were told, and gives the last of these. */
  until<Name extends EventName>(name: Name, count = 1): Promise<WebSocketClientEvents[Name]> {
    return this.#changes.until(() => this.all(name)[count - 1], PATIENCE_MS, `${count} × ${name}`);
  }

  /** Closes the client and the server, and waits until the runtime holds none of their sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    // A server that falls is quicker than one that does not answer the close.
    await Promise.all([this.client.disconnect(), this.server[Symbol.asyncDispose]()]);
    await within(Promise.all(this.#gone), PATIENCE_MS, "the end of all sockets");
  }
}
