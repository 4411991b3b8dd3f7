/**
 * The types that users meet where connections come and go, and sessions with them.
 *
 * @module
 */

import type { Recovery } from "../protocol/messages.ts";
import type { SessionEnd } from "./session.ts";

/** How a connection came. */
export interface ConnectInfo {
  /** Whether it goes on with an earlier session: it has the `id`, `data` and rooms of that, and gets what it has missed. */
  readonly resumed: boolean;
  /** Why not, where its client had asked for that: `session_lost`, as the session is over or was never here. */
  readonly reason?: string;
  /**
   * For each room, and `$all`, of which the client said what it has: whether it gets everything that it has missed there, and
   * if not, why.
   */
  readonly rooms: ReadonlyMap<string, Recovery>;
}

/** A session is over: its client will not come back to it. A connection without a session is one by itself. */
export interface SessionEnded<Data = Record<string, unknown>> {
  /** Its id, which was that of its connections. */
  readonly id: string;
  /** The user, where `authenticate` returned a `userId`. */
  readonly userId: string | undefined;
  /** The application's data. */
  readonly data: Data;
  /**
   * Why: `closed` with its connection, `expired` as the client was away for too long, `revoked`, `evicted` as too many were
   * away, `stopped` with the server.
   */
  readonly reason: SessionEnd;
}

/** How a connection ended. */
export interface CloseInfo {
  /** The close code: the one that we sent, else the one that the peer sent, 1006 when the connection broke. */
  readonly code: number;
  /** The reason that came with the code, `""` when there was none. At most 123 bytes. */
  readonly reason: string;
  /** Whether both ends completed the closing handshake. */
  readonly wasClean: boolean;
  /** Whether the session goes on without the connection, so that the client may come back to it. */
  readonly resumable: boolean;
  /** What broke the connection, where something did. */
  readonly error?: Error;
}
