/**
 * The types that users meet where requests are upgraded, by the server or by somebody else.
 *
 * @module
 */

import type { Contract } from "../protocol/contract.ts";
import type { UpgradeFunction } from "./platform.ts";
import type { WebSocketConnection } from "./types.ts";

/** What is told of a request beside the request itself; `Deno.ServeHandlerInfo` is one. */
export interface UpgradeInfo {
  /** The other end of the TCP connection. */
  readonly remoteAddr?: unknown;
  /** Upgrades the request in place of the platform. */
  readonly upgrade?: UpgradeFunction;
}

/** What became of a request that was upgraded inside of a route. */
// deno-lint-ignore no-explicit-any -- without a contract it may be that of any server
export interface UpgradeResult<Data = Record<string, unknown>, C extends Contract = any> {
  /** To be returned as it is: changing it, or throwing, ends the runtime's listener. */
  readonly response: Response;
  /** The connection, not open yet; `undefined` where the peer was refused. */
  readonly connection: WebSocketConnection<Data, C> | undefined;
}

/** What is told of a socket that somebody else upgraded. */
export interface AdoptInfo {
  /** The URL of the request that was upgraded, or of one like it. */
  readonly url?: string;
  /** Its headers. They must be read before the upgrade, as a copy. */
  readonly headers?: HeadersInit;
  /** The address of the peer. It too must be read before the upgrade. */
  readonly remoteAddr?: string;
  /** The parameters of the path. */
  readonly params?: Readonly<Record<string, string>>;
  /** The subprotocol that was answered; `switchboard.v1` makes the peer a managed one. */
  readonly protocol?: string;
}
