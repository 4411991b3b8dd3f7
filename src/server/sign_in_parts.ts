/**
 * Wires the parts of the way in: who turns requests away, who judges peers, and what is kept of those that were let in.
 *
 * @module
 */

import { CloseCode } from "../protocol/close_codes.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ResolvedConfig } from "./config.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import { ConnectionLayers } from "./connection_layers.ts";
import { Entrance } from "./entrance.ts";
import type { Guard } from "./guard.ts";
import { InBandRefuser } from "./in_band.ts";
import type { ServerLog } from "./log.ts";
import type { Delivery } from "./delivery.ts";
import type { Holding } from "./holding.ts";
import type { Platform } from "./platform.ts";
import { Refuser } from "./refuser.ts";
import { Revocations } from "./revocations.ts";
import type { Scheduler } from "./scheduler.ts";
import { ExpiryWatch } from "./sign_in_expiry.ts";
import { Renewal } from "./sign_in_renewal.ts";
import { SignIn } from "./sign_in.ts";
import type { Counters } from "./stats.ts";
import { Users } from "./users.ts";

/** What is needed of the other parts. */
export interface SignInPorts<Data> {
  readonly platform: Platform;
  readonly scheduler: Scheduler;
  readonly guard: Guard<Data>;
  readonly counters: Counters;
  readonly log: ServerLog;
  readonly delivery: Delivery<Data>;
  readonly holding: Holding<Data>;
  /** The user of an open connection whose session a peer with this hello may go on with, if there is one. */
  replaced(hello: WebSocketMessage): string | undefined;
  /** From here on the application knows the connection. */
  enter(connection: ServerConnection<Data>): void;
  /** Ends a connection in good order. */
  close(connection: ServerConnection<Data>, code: number, reason: string): void;
  /** Ends a connection at once. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
  /** A user may not come back. */
  revoked(userId: string): void;
  /** A connection has shown a new token. */
  renewed(connection: ServerConnection<Data>): void;
}

/** The parts of the way in. */
export interface SignInAssembly<Data> {
  readonly entrance: Entrance<Data>;
  readonly refuser: Refuser<Data>;
  readonly signIn: SignIn<Data>;
  readonly renewal: Renewal<Data>;
  readonly expiry: ExpiryWatch<Data>;
  readonly users: Users<Data>;
  /** Ends everything of one user; tells how many connections were open. The reason is short enough. */
  revoke(userId: string, reason: string): number;
}

/** Makes the parts. */
export function assembleSignIn<Data>(config: ResolvedConfig<Data>, ports: SignInPorts<Data>): SignInAssembly<Data> {
  const { platform, scheduler, guard, kill } = ports;
  const users = new Users<Data>(config);
  const revocations = new Revocations();
  const failed = (error: unknown): void => guard.report(undefined, error);
  const layers = new ConnectionLayers<Data>(failed);
  const entrance = new Entrance<Data>(config, { layers, users, revocations, scheduler, platform, failed });
  const refuser = new Refuser<Data>(config, { ...ports, inBand: new InBandRefuser(scheduler) });
  const expiry = new ExpiryWatch<Data>(
    scheduler,
    platform,
    (connection) => kill(connection, CloseCode.UNAUTHORIZED, "the sign-in has expired"),
  );
  const renewal = new Renewal<Data>({ ...ports, entrance, expiry });
  const signIn = new SignIn<Data>({ ...ports, entrance, renewal, expiry, users, refuser });
  return {
    entrance,
    refuser,
    signIn,
    renewal,
    expiry,
    users,
    revoke(userId, reason) {
      revocations.revoke(userId);
      const all = users.all(userId);
      const open = all.filter(({ phase }) => phase === Phase.OPEN).length;
      for (const connection of all) {
        if (connection.session !== undefined) connection.session.isEnding = true;
        kill(connection, CloseCode.UNAUTHORIZED, reason);
      }
      ports.revoked(userId);
      return open;
    },
  };
}
