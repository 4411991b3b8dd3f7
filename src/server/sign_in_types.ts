/**
 * The types that users meet where peers come in: the request that is judged, who judges it, and with what outcome.
 *
 * @module
 */

import type { PeerHandshake, WebSocketConnection } from "./types.ts";

/** A peer that wants in, or one that is in and shows a new token: what `authenticate` and connection middleware judge. */
export interface ConnectionRequest<Data = Record<string, unknown>> extends PeerHandshake {
  /** The token that the peer presented, from whichever of `tokenSources` it came; `undefined` when there was none. */
  readonly token: string | undefined;
  /** The user, where `authenticate` has returned a `userId`; `undefined` before. */
  readonly userId: string | undefined;
  /**
   * What becomes the connection's data: in `authenticate` what was there before, in a middleware what `authenticate`, or
   * the option `data`, returned. A middleware may add to it, or put something else in its place.
   */
  data: Data;
  /** Aborted when the peer leaves, or the time for the decision is over. */
  readonly signal: AbortSignal;
  /** The open connection that shows a new token; `undefined` for a peer that wants in. */
  readonly connection?: WebSocketConnection<Data> | undefined;
}

/**
 * What `authenticate` may return: the connection's data lets the peer in; `null`, `undefined` and `false` refuse it with 401;
 * a Response refuses it with its own status.
 */
export type Authenticated<Data> = Data | Response | null | undefined | false;

/** Decides who a peer is, and whether it may come in. */
export type Authenticate<Data = Record<string, unknown>> = (
  request: ConnectionRequest<unknown>,
) => Authenticated<Data> | Promise<Authenticated<Data>>;

/** What `next` of a {@linkcode ConnectionLayer} gives: nothing for a peer that is let in, the Response that refuses it. */
export type ConnectionVerdict = Response | void;

/**
 * Wraps the decision about every peer that wants in. It refuses by returning a Response, and otherwise returns what `next`
 * returned. A peer that it neither hands on nor refuses is answered with 403.
 *
 * @param request The peer.
 * @param next Hands the peer on, to the next middleware, and in the end lets it in. Call it at most once.
 */
export type ConnectionLayer<Data = Record<string, unknown>> = (
  request: ConnectionRequest<Data>,
  next: () => ConnectionVerdict | Promise<ConnectionVerdict>,
) => ConnectionVerdict | Promise<ConnectionVerdict>;

/** Where a peer's token is looked for. The first of these that has one counts, in this order. */
export interface TokenSources {
  /**
   * The header `Authorization: Bearer <token>`. Pages in browsers cannot set it.
   *
   * @default {true}
   */
  readonly authorization?: boolean;
  /**
   * An offered subprotocol `bearer.<token>`. It is taken out of the offer before one is chosen, and never answered: as
   * browsers give up a connection that answers none of the subprotocols they offered, a page offers another one beside it.
   *
   * @default {true}
   */
  readonly subprotocol?: boolean;
  /**
   * The name of a cookie. Browsers send cookies with every handshake, from any page: `origins` must say which pages may.
   *
   * @default {false}
   */
  readonly cookie?: string | false;
  /**
   * The name of a parameter in the query. URLs are written down by proxies, and by others on the way: use it only for
   * clients that cannot do anything else, with tokens that are soon worth nothing. It is taken out of `url` at once.
   *
   * @default {false}
   */
  readonly query?: string | false;
  /**
   * The first message of a connection that has brought no token before. For managed peers that is the token in their
   * hello, and they are judged only then. `true` lets plain peers sign in by message as well: the first one must be
   * `{ "type": "authenticate", "data": { "token" } }`, within `helloTimeoutMs`. `false` takes no token by message from
   * anybody.
   *
   * @default for managed peers alone
   */
  readonly message?: boolean;
}

/** What happens to a user's connection that would be one more than `maxConnectionsPerUser`. */
export type WhenUserFull = "reject" | "replace";
