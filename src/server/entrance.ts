/**
 * Who may come in: asks `authenticate`, then the connection middleware. It decides and changes nothing: what follows from
 * the decision is done by whoever asked, in the same turn.
 *
 * @module
 */

import type { ConnectionLayers } from "./connection_layers.ts";
import { isThenable } from "./guard.ts";
import type { HeaderReader } from "./packed_headers.ts";
import type { PeerRequest } from "./peer_request.ts";
import type { Platform } from "./platform.ts";
import { later, type PeerRefusal, refusalOf, UNAUTHORIZED } from "./refusals.ts";
import type { Revocations } from "./revocations.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Authenticate, Authenticated, ConnectionLayer, ConnectionVerdict } from "./sign_in_types.ts";
import { SignInState } from "./sign_in_state.ts";
import { readOffer, readOfferWithToken } from "./subprotocol.ts";
import { findToken, type FoundToken, type ResolvedTokenSources, type TokenFinding } from "./token_sources.ts";
import type { Users } from "./users.ts";
import { waitFor } from "./verdict.ts";

/** The longest `userId`, in characters: it is a key that is kept. */
const MAX_USER_ID_LENGTH = 256;

/** How peers are judged. */
export interface EntranceSettings<Data> {
  /** Says who a peer is. */
  readonly authenticate: Authenticate<Data> | undefined;
  /** Where tokens are looked for. */
  readonly tokenSources: ResolvedTokenSources;
  /** How long a decision may take; 0 for any time. */
  readonly openTimeoutMs: number;
  /** What peers are told to wait who may come later. */
  readonly retryAfterMs: number;
}

/** The other parts that this one needs. */
export interface EntranceParts<Data> {
  readonly layers: ConnectionLayers<Data>;
  readonly users: Users<Data>;
  readonly revocations: Revocations;
  readonly scheduler: Scheduler;
  readonly platform: Pick<Platform, "now" | "date">;
  /** Code of the application failed beside the decision. */
  failed(error: unknown): void;
}

/** What is known of a peer that may come in. */
export interface Entry<Data> {
  readonly kind: "entry";
  /** The connection's data; `undefined` where nobody made any. */
  readonly data: Data | undefined;
  /** The user, if there is one. */
  readonly userId: string | undefined;
  /** When that ends, on the platform's monotonic clock; `Infinity` for never. */
  readonly expiresAt: number;
}

/** What a decision comes to. A peer that is gone needs no answer. */
export type Judgement<Data> =
  | Entry<Data>
  | { readonly kind: "refused"; readonly refusal: PeerRefusal }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "gone" };

type Answer<Data> = Judgement<Data> | PromiseLike<Judgement<Data>>;

/** Judges peers. */
export class Entrance<Data> {
  readonly #settings: EntranceSettings<Data>;
  readonly #parts: EntranceParts<Data>;

  /** Puts the part together. */
  constructor(settings: EntranceSettings<Data>, parts: EntranceParts<Data>) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** Adds a layer of connection middleware inside of those that are there. Returns what takes it out again. */
  addLayer(layer: ConnectionLayer<Data>): () => void {
    return this.#parts.layers.add(layer);
  }

  /** Whether there is anybody to ask about a peer. */
  get isWatched(): boolean {
    return this.#settings.authenticate !== undefined || !this.#parts.layers.isEmpty;
  }

  /** Reads which subprotocols a peer offers; `undefined` when that is malformed. */
  readOffer(header: string | null): readonly string[] | undefined {
    const { authenticate, tokenSources } = this.#settings;
    return authenticate !== undefined && tokenSources.subprotocol ? readOfferWithToken(header) : readOffer(header);
  }

  /** Whether peers may show tokens at all. */
  get wantsTokens(): boolean {
    return this.#settings.authenticate !== undefined;
  }

  /** Finds the token of a handshake, and what is left without it. */
  find(url: string, headers: HeaderReader, offered: readonly string[]): TokenFinding {
    return findToken({ url, headers, offered }, this.#settings.tokenSources);
  }

  /** What a connection keeps of its sign-in: of the decision, or of the token for one to come; nothing where nobody signs in. */
  signInOf(entry: Entry<Data> | undefined, token?: FoundToken): SignInState<Data> | undefined {
    return this.#settings.authenticate === undefined ? undefined : new SignInState(entry, token);
  }

  /** Whether a peer that brought no token may bring one with its first message. */
  awaitsMessage(isManaged: boolean): boolean {
    const { authenticate, tokenSources: { message } } = this.#settings;
    return authenticate !== undefined && (isManaged ? message !== "none" : message === "all");
  }

  /**
   * Judges a peer: one that wants in, or a connection that shows a new token, which no middleware sees.
   *
   * @param gone Asked for only when a decision takes time: aborted when the peer leaves.
   * @param conclude Acts upon the decision, at once: between the two nothing else happens. Must not throw.
   * @returns What `conclude` returns; a promise of it only when the decision takes time.
   */
  judge<Result>(
    request: PeerRequest<Data>,
    gone: (() => AbortSignal) | undefined,
    conclude: (judgement: Judgement<Data>) => Result,
  ): Result | Promise<Result> {
    let answer: Answer<Data>;
    try {
      answer = request.hasBadToken ? refused(UNAUTHORIZED) : this.#ask(request);
    } catch (error) {
      return conclude({ kind: "failed", error });
    }
    if (isThenable(answer)) {
      return this.#judgeLater(request, gone?.(), answer as PromiseLike<Judgement<Data>>, conclude);
    }
    return conclude(this.#limited(request, answer as Judgement<Data>));
  }

  async #judgeLater<Result>(
    request: PeerRequest<Data>,
    gone: AbortSignal | undefined,
    answer: PromiseLike<Judgement<Data>>,
    conclude: (judgement: Judgement<Data>) => Result,
  ): Promise<Result> {
    const { scheduler, revocations, failed } = this.#parts;
    const leave = (): void => request.abort(new DOMException("The peer has left", "AbortError"), failed);
    gone?.addEventListener("abort", leave, { once: true });
    if (gone?.aborted === true) leave();
    const check = revocations.begin();
    try {
      const outcome = await waitFor(answer, request.signal, scheduler, this.#settings.openTimeoutMs);
      if (request.signal.aborted) return conclude({ kind: "gone" });
      if (outcome.kind !== "answered") {
        request.abort(new DOMException("The decision has taken too long", "TimeoutError"), failed);
        return conclude(outcome);
      }
      const judgement = this.#limited(request, outcome.value);
      const isRevoked = judgement.kind === "entry" && judgement.userId !== undefined &&
        revocations.hits(check, judgement.userId);
      return conclude(isRevoked ? refused(UNAUTHORIZED) : judgement);
    } finally {
      gone?.removeEventListener("abort", leave);
      revocations.end(check);
    }
  }

  #ask(request: PeerRequest<Data>): Answer<Data> {
    const { authenticate } = this.#settings;
    if (authenticate === undefined) return this.#handOn(request, Infinity);
    const answer = authenticate(request as PeerRequest<unknown>);
    return isThenable(answer) ? this.#askLater(request, answer) : this.#identify(request, answer);
  }

  async #askLater(request: PeerRequest<Data>, answer: PromiseLike<Authenticated<Data>>): Promise<Judgement<Data>> {
    const authenticated = await answer;
    return request.isAborted ? { kind: "gone" } : await this.#identify(request, authenticated);
  }

  #identify(request: PeerRequest<Data>, answer: Authenticated<Data>): Answer<Data> {
    if (answer === null || answer === undefined || answer === false) return refused(UNAUTHORIZED);
    const { date, now } = this.#times();
    if (answer instanceof Response) return refused(refusalOf(answer, date));
    const { userId, expiresAt } = readIdentity(answer);
    if (expiresAt <= date) return refused(UNAUTHORIZED);
    request.data = answer;
    request.userId = userId;
    return this.#handOn(request, now + (expiresAt - date));
  }

  #handOn(request: PeerRequest<Data>, expiresAt: number): Answer<Data> {
    const { layers } = this.#parts;
    if (request.connection !== undefined || layers.isEmpty) return entryOf(request, expiresAt);
    const verdict = layers.run(request);
    return isThenable(verdict)
      ? this.#handOnLater(request, expiresAt, verdict)
      : this.#handedOn(request, expiresAt, verdict);
  }

  async #handOnLater(
    request: PeerRequest<Data>,
    expiresAt: number,
    verdict: PromiseLike<ConnectionVerdict>,
  ): Promise<Judgement<Data>> {
    return this.#handedOn(request, expiresAt, await verdict);
  }

  #handedOn(request: PeerRequest<Data>, expiresAt: number, verdict: ConnectionVerdict): Judgement<Data> {
    return verdict instanceof Response
      ? refused(refusalOf(verdict, this.#parts.platform.date()))
      : entryOf(request, expiresAt);
  }

  /** The user's limit is looked at last, and in the turn in which the connection is made, so that no two pass it at once. */
  #limited(request: PeerRequest<Data>, judgement: Judgement<Data>): Judgement<Data> {
    if (judgement.kind !== "entry" || judgement.userId === undefined || request.connection !== undefined) {
      return judgement;
    }
    // Who takes the place of a connection that still counts takes none beside it.
    if (request.returningTo === judgement.userId || !this.#parts.users.isFull(judgement.userId)) return judgement;
    const { retryAfterMs } = this.#settings;
    return refused(later(429, "too_many_connections", "too many connections of one user", retryAfterMs));
  }

  #times(): { date: number; now: number } {
    const { platform } = this.#parts;
    return { date: platform.date(), now: platform.now() };
  }
}

function refused<Data>(refusal: PeerRefusal): Judgement<Data> {
  return { kind: "refused", refusal };
}

function entryOf<Data>(request: PeerRequest<Data>, expiresAt: number): Entry<Data> {
  return { kind: "entry", data: request.givenData, userId: request.userId, expiresAt };
}

/** The members of an application's data that mean something to us. */
function readIdentity(data: unknown): { userId: string | undefined; expiresAt: number } {
  if (typeof data !== "object" || data === null) return { userId: undefined, expiresAt: Infinity };
  const { userId, expiresAt } = data as { userId?: unknown; expiresAt?: unknown };
  return { userId: readUserId(userId), expiresAt: readExpiry(expiresAt) };
}

function readUserId(userId: unknown): string | undefined {
  if (userId === undefined || userId === null) return undefined;
  if (typeof userId === "string" && userId !== "" && userId.length <= MAX_USER_ID_LENGTH) return userId;
  throw new TypeError(
    `Cannot sign a peer in as the "userId" that authenticate returned must be a string of 1 to ${MAX_USER_ID_LENGTH} ` +
      `characters, or undefined: it is ${
        typeof userId === "string" ? `one of ${userId.length}` : `a ${typeof userId}`
      }`,
  );
}

function readExpiry(expiresAt: unknown): number {
  if (expiresAt === undefined || expiresAt === null) return Infinity;
  const at = expiresAt instanceof Date ? expiresAt.getTime() : expiresAt;
  if (typeof at === "number" && !Number.isNaN(at)) return at;
  throw new TypeError(
    'Cannot sign a peer in as the "expiresAt" that authenticate returned must be a valid Date, milliseconds since the ' +
      `Unix epoch, or undefined: it is ${expiresAt instanceof Date ? "an invalid Date" : `a ${typeof expiresAt}`}`,
  );
}
