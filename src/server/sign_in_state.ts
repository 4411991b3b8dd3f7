/**
 * What a connection's sign-in has come to: kept on the connection, on servers where peers sign in.
 *
 * @module
 */

import type { Bucket } from "../internal/token_bucket.ts";
import type { MessageId } from "../protocol/messages.ts";
import type { Entry } from "./entrance.ts";
import type { PeerRequest } from "./peer_request.ts";
import type { Alarm } from "./scheduler.ts";
import type { FoundToken } from "./token_sources.ts";

/** Where a connection's sign-in stands. */
export class SignInState<Data> {
  /** Whether the peer has yet to be judged. */
  isPending: boolean;
  /** The token of a handshake that has not been judged. */
  readonly token: FoundToken;
  /** The user, once that is known. */
  userId: string | undefined;
  /** When the sign-in ends, on the platform's monotonic clock; `Infinity` for never. */
  expiresAt: number;
  /** What wakes us then. Written by the expiry watch. */
  alarm: Alarm | undefined = undefined;
  /** The decision that is under way: about the peer, or about another token of it. */
  request: PeerRequest<Data> | undefined = undefined;
  /** The message of a plain peer that is answered when it is in. */
  answerTo: MessageId | undefined = undefined;
  /** Written by the renewal. */
  allowance: Bucket | undefined = undefined;

  /** Begins with what was decided before the upgrade, or with the token for a decision to come. */
  constructor(entry: Entry<Data> | undefined, token: FoundToken = undefined) {
    this.isPending = entry === undefined;
    this.token = token;
    this.userId = entry?.userId;
    this.expiresAt = entry?.expiresAt ?? Infinity;
  }
}
