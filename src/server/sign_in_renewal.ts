/**
 * New tokens on living connections: who shows one in time stays.
 *
 * @module
 */

import { type BucketRule, fullBucket, take } from "../internal/token_bucket.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import type { MessageId, WireError } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Entrance, Entry, Judgement } from "./entrance.ts";
import type { Guard } from "./guard.ts";
import type { Delivery } from "./delivery.ts";
import { PeerRequest } from "./peer_request.ts";
import type { Platform } from "./platform.ts";
import type { PeerRefusal } from "./refusals.ts";
import type { ExpiryWatch } from "./sign_in_expiry.ts";
import type { SignInState } from "./sign_in_state.ts";
import { type FoundToken, NO_TOKEN } from "./token_sources.ts";
import { INTERNAL_ERROR } from "./wire_error.ts";

/** Tokens that one connection may show at once, and then in each second. */
const RENEWALS: BucketRule = { burst: 10, perSecond: 1 };

/** The other parts that this one needs. */
export interface RenewalParts<Data> {
  readonly entrance: Entrance<Data>;
  readonly expiry: ExpiryWatch<Data>;
  readonly delivery: Pick<Delivery<Data>, "deliver">;
  readonly guard: Guard<Data>;
  readonly platform: Pick<Platform, "now">;
  /** A connection has other data: what was allowed for the former ones is to be looked at anew. */
  renewed(connection: ServerConnection<Data>): void;
}

/** Renews. */
export class Renewal<Data> {
  readonly #parts: RenewalParts<Data>;

  /** Puts the part together. */
  constructor(parts: RenewalParts<Data>) {
    this.#parts = parts;
  }

  /** A peer shows a token. Whatever it comes to, the connection lives on until its own expiry. */
  ask(connection: ServerConnection<Data>, id: MessageId | undefined, token: FoundToken): void {
    const { entrance, guard, platform } = this.#parts;
    const state = connection.signIn!;
    if (state.request !== undefined || !mayRenew(state, platform.now())) {
      return this.#fail(connection, id, RATE_LIMITED);
    }
    const { protocol, isManaged, data } = connection;
    const shown = token ?? NO_TOKEN; // without one there is nothing to renew with
    const request = new PeerRequest<Data>({
      handshake: connection,
      protocol,
      isManaged,
      token: shown,
      data,
      connection,
    });
    state.request = request;
    entrance.judge(request, undefined, (judgement) => {
      state.request = undefined;
      if (connection.phase === Phase.OPEN) guard.run(connection, () => this.#conclude(connection, id, judgement));
    });
  }

  /** Tells a peer that its token was taken, and how long it is good for. */
  accepted(connection: ServerConnection<Data>, id: MessageId): void {
    const expiresInMs = this.#parts.expiry.leftMs(connection);
    if (connection.isManaged) {
      this.#send(connection, { type: "$reply", id, data: expiresInMs === undefined ? {} : { expiresInMs } });
    } else this.#send(connection, { type: "reply", id, data: expiresInMs === undefined ? null : { expiresInMs } });
  }

  #conclude(connection: ServerConnection<Data>, id: MessageId | undefined, judgement: Judgement<Data>): void {
    if (judgement.kind === "gone") return;
    if (judgement.kind === "refused") return this.#fail(connection, id, errorOf(judgement.refusal));
    if (judgement.kind === "failed") {
      this.#parts.guard.report(connection, judgement.error);
      return this.#fail(connection, id, INTERNAL_ERROR);
    }
    // Rooms, and whatever else the application has for a user, were for the one who came in.
    if (judgement.userId !== connection.userId) return this.#fail(connection, id, ANOTHER_USER);
    this.#take(connection, id, judgement);
  }

  #take(connection: ServerConnection<Data>, id: MessageId | undefined, { data, expiresAt }: Entry<Data>): void {
    connection.data = data!;
    connection.signIn!.expiresAt = expiresAt;
    this.#parts.expiry.watch(connection);
    if (id !== undefined) this.accepted(connection, id);
    this.#parts.renewed(connection);
  }

  #fail(connection: ServerConnection<Data>, id: MessageId | undefined, error: WireError): void {
    if (id !== undefined) this.#send(connection, { type: connection.isManaged ? "$error" : "error", id, error });
  }

  #send(connection: ServerConnection<Data>, message: object): void {
    this.#parts.delivery.deliver(connection, JSON.stringify(message));
  }
}

/** Takes one of the renewals that a connection may have, if there is one. */
function mayRenew<Data>(state: SignInState<Data>, now: number): boolean {
  return take(state.allowance ??= fullBucket(RENEWALS, now), RENEWALS, now);
}

function errorOf({ closeCode }: PeerRefusal): WireError {
  if (closeCode === CloseCode.UNAUTHORIZED) return UNAUTHORIZED;
  if (closeCode === CloseCode.FORBIDDEN) return FORBIDDEN;
  return closeCode === CloseCode.TRY_AGAIN_LATER ? RATE_LIMITED : INTERNAL_ERROR;
}

const UNAUTHORIZED: WireError = { code: "unauthorized", message: "This token does not sign in" };
const FORBIDDEN: WireError = { code: "forbidden", message: "This is not allowed" };
const ANOTHER_USER: WireError = { code: "forbidden", message: "This token is not of the user who signed in" };
const RATE_LIMITED: WireError = { code: "rate_limited", message: "Too many tokens: try again later" };
