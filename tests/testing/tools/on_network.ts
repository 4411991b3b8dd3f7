/**
 * Sockets on a seeded network, with a server that takes all of them and writes down what happens at both ends.
 */

import type { UpgradeInfo } from "../../../src/server/types.ts";
import {
  type NetworkLine,
  type NetworkPlatform,
  SeededNetwork,
  type SeededNetworkOptions,
  VirtualClock,
} from "../../../src/testing/mod.ts";
import type { PairedSocket } from "../../../src/testing/mod.ts";
import type { SocketEvent } from "../../../src/internal/socket_like.ts";

/** A network, a bare server on it, and what happened: `time end event`. */
export class OnNetwork {
  readonly clock = new VirtualClock();
  readonly events: string[] = [];
  readonly network: SeededNetwork;
  readonly platform: NetworkPlatform;
  /** The ends that the server has. */
  readonly accepted: PairedSocket[] = [];

  constructor(options: Partial<SeededNetworkOptions> = {}) {
    const server = { handleUpgrade: (request: Request, info?: UpgradeInfo) => this.#accept(request, info) };
    this.network = new SeededNetwork(this.clock, {
      seed: 1,
      delayMs: [10, 10],
      bytesPerMs: Infinity,
      server,
      ...options,
    });
    this.platform = this.network.platform({ name: "ann", remoteAddr: "192.0.2.1" });
  }

  /** Begins to open a connection. */
  dial(): NetworkLine {
    this.#record("client", this.platform.connect("ws://localhost/ws", []) as PairedSocket);
    return this.platform.lines.at(-1)!;
  }

  /** Opens a connection; what led to it is not in `events`. */
  async open(): Promise<NetworkLine> {
    const line = this.dial();
    await this.clock.advance(100);
    this.events.length = 0;
    return line;
  }

  #accept(request: Request, info: UpgradeInfo | undefined): Response {
    const { socket, response } = info!.upgrade!(request, { protocol: "", idleTimeoutSeconds: 0 });
    this.accepted.push(socket as PairedSocket);
    this.#record("server", socket as PairedSocket);
    return response;
  }

  #record(end: string, socket: PairedSocket): void {
    const listener = {
      handleEvent: ({ type, data, code }: SocketEvent) =>
        void this.events.push(
          [this.clock.now(), end, type, data ?? code].filter((word) => word !== undefined).join(" "),
        ),
    };
    for (const type of ["open", "message", "close"] as const) socket.addEventListener(type, listener);
  }
}
