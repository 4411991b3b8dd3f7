/**
 * One server for the whole application, to be had from anywhere. The only module state in `src/`.
 *
 * @module
 */

import { NotInitializedError } from "./errors.ts";
import type { Contract } from "./protocol/contract.ts";
import type { WebSocketConfig } from "./server/options.ts";
import { WebSocketServer } from "./server/server.ts";

/** How {@linkcode initWebSocket} deals with a server that is there already. */
export interface InitOptions {
  /**
   * Whether to put the new server in the place of the present one, which is stopped first.
   *
   * @default {false}
   */
  readonly force?: boolean;
}

// deno-lint-ignore no-explicit-any -- data and contract are known to whoever made the server, not here
type AnyServer = WebSocketServer<any, any>;

let current: Promise<AnyServer> | undefined;
let ready: AnyServer | undefined;

/**
 * Makes the application's server from a configuration, or adopts one that was made already.
 *
 * The first call decides: a second one gives the first one's server, whatever it was given, unless `force` is set.
 *
 * @returns The application's server.
 * @throws {TypeError} If the configuration is wrong, see {@linkcode WebSocketConfig}.
 *
 * @example
 * ```ts
 * import { getWebSocketServer, initWebSocket, resetWebSocket } from "@switchboard/websocket";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const server = await initWebSocket({ path: "/ws" });
 * assertStrictEquals(getWebSocketServer(), server);
 * await resetWebSocket();
 * ```
 */
// deno-lint-ignore no-explicit-any -- as that of the server
export function initWebSocket<Data = Record<string, unknown>, C extends Contract = any>(
  configOrServer: WebSocketConfig<Data, C> | WebSocketServer<Data, C> = {},
  options: InitOptions = {},
): Promise<WebSocketServer<Data, C>> {
  if (current === undefined || options.force === true) {
    const next = replace(configOrServer, current);
    current = next;
    next.catch(() => {
      if (current === next) current = ready === undefined ? undefined : Promise.resolve(ready);
    });
  }
  return current;
}

/**
 * Gives the application's server.
 *
 * @typeParam Data The type of its connections' data: a claim of the caller, which nobody checks.
 * @typeParam C The type of its contract: as well a claim.
 * @throws {NotInitializedError} If there is none yet.
 */
// deno-lint-ignore no-explicit-any -- as that of the server
export function getWebSocketServer<Data = Record<string, unknown>, C extends Contract = any>(): WebSocketServer<
  Data,
  C
> {
  if (ready === undefined) {
    throw new NotInitializedError(
      "Cannot get the WebSocket server as none was initialized: call await initWebSocket() once at startup",
    );
  }
  return ready;
}

/** Whether there is an application's server. */
export function isWebSocketInitialized(): boolean {
  return ready !== undefined;
}

/** Stops the application's server and forgets it, so that a test leaves nothing behind. Does nothing when there is none. */
export async function resetWebSocket(): Promise<void> {
  const last = current;
  current = undefined;
  ready = undefined;
  await (await last?.catch(() => undefined))?.stop();
}

async function replace<Data, C extends Contract>(
  configOrServer: WebSocketConfig<Data, C> | WebSocketServer<Data, C>,
  previous: Promise<AnyServer> | undefined,
): Promise<AnyServer> {
  // Made at once, so that a wrong configuration leaves the present server in place, and a right one is there at once.
  const server = configOrServer instanceof WebSocketServer ? configOrServer : new WebSocketServer(configOrServer);
  const last = ready;
  ready = server;
  if (previous !== undefined && last !== undefined && last !== server) await last.stop();
  return server;
}
