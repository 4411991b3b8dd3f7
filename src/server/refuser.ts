/**
 * Turns requests away: counts and logs each refusal, and answers it by status, or in band where the peer's application
 * could not see a status.
 *
 * @module
 */

import { UpgradeFailedError } from "../errors.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import { SUBPROTOCOL } from "../protocol/messages.ts";
import type { WhenFull } from "./gate.ts";
import type { Guard } from "./guard.ts";
import type { Handshake } from "./handshake.ts";
import type { Refusal } from "./handshake_check.ts";
import type { InBandRefuser } from "./in_band.ts";
import type { ServerLog } from "./log.ts";
import type { Upgraded, UpgradeFunction } from "./platform.ts";
import { FAILED, type PeerRefusal, refusedMessage, respond } from "./refusals.ts";
import type { Counters } from "./stats.ts";

/** How long the runtime keeps a socket that was opened for a refusal, in seconds. */
const IDLE_SECONDS = 10;

/** The other parts that this one needs. */
export interface RefuserParts<Data> {
  readonly guard: Guard<Data>;
  readonly counters: Counters;
  readonly log: ServerLog;
  readonly inBand: InBandRefuser;
}

/** A request that may be upgraded. */
export interface Upgradable {
  /** The request. */
  readonly request: Request;
  /** What is kept of it. */
  readonly handshake: Handshake;
  /** The subprotocol to answer. */
  readonly protocol: string;
  /** What upgrades it. */
  readonly upgrade: UpgradeFunction;
}

/** Refuses. */
export class Refuser<Data> {
  readonly #whenFull: WhenFull;
  readonly #parts: RefuserParts<Data>;

  /** Puts the part together. */
  constructor({ whenFull }: { readonly whenFull: WhenFull }, parts: RefuserParts<Data>) {
    this.#whenFull = whenFull;
    this.#parts = parts;
  }

  /** Refuses by status. */
  refuse(refusal: Refusal, remoteAddr: string): Response {
    this.count(refusal, remoteAddr);
    return respond(refusal);
  }

  /** Refuses in the way that reaches the peer's application. */
  refusePeer(peer: Upgradable, refusal: PeerRefusal): Response {
    const { remoteAddr } = peer.handshake;
    if (!this.#isInBand(peer, refusal)) {
      this.count(refusal, remoteAddr);
      return refusal.response ?? respond(refusal);
    }
    refusal.response?.body?.cancel().catch(() => {}); // nobody will read it
    let upgraded: Upgraded;
    try {
      upgraded = peer.upgrade(peer.request, { protocol: peer.protocol, idleTimeoutSeconds: IDLE_SECONDS });
    } catch (error) {
      return this.fail(error, remoteAddr);
    }
    this.count(refusal, remoteAddr);
    this.#parts.inBand.refuse(upgraded.socket, {
      closeCode: refusal.closeCode,
      reason: refusal.why,
      message: peer.protocol === SUBPROTOCOL ? refusedMessage(refusal) : undefined,
    });
    return upgraded.response;
  }

  /** Refuses a request as something of ours or of the application failed. */
  fail(cause: unknown, remoteAddr: string): Response {
    const text = "Cannot upgrade a request as a function of the configuration or the runtime failed: see the cause";
    this.#parts.guard.report(undefined, new UpgradeFailedError(text, { cause }));
    return this.refuse(FAILED, remoteAddr);
  }

  /** Counts and logs a refusal that somebody else tells the peer. */
  count({ status, why }: Refusal, remoteAddr: string): void {
    this.#parts.counters.refused++;
    this.#parts.log.refused(status, why, remoteAddr);
  }

  #isInBand({ protocol }: Upgradable, { closeCode, response }: PeerRefusal): boolean {
    if (!this.#parts.inBand.hasRoom) return false;
    if (protocol === SUBPROTOCOL) return true;
    return this.#whenFull === "closeWith" && closeCode === CloseCode.TRY_AGAIN_LATER && response === undefined;
  }
}
