/**
 * From request to connection: runs the checks in order, takes a place, has the peer judged, upgrades. All that may fail
 * comes before the upgrade; after it there are only statements that cannot, because on Deno an error there ends the listener.
 *
 * @module
 */

import { SUBPROTOCOL } from "../protocol/messages.ts";
import type { ResolvedConfig } from "./config.ts";
import type { ServerConnection } from "./connection.ts";
import type { Entrance, Entry, Judgement } from "./entrance.ts";
import type { Gate } from "./gate.ts";
import { asksForWebSocket, checkHandshake, type Refusal, refuseHeaders, UPGRADE_REQUIRED } from "./handshake_check.ts";
import { Handshake } from "./handshake.ts";
import { isOriginAllowed } from "./origin.ts";
import { HeaderLines, passingHeaders } from "./packed_headers.ts";
import { pathRule, splitUrl, type UrlParts } from "./path.ts";
import { PeerRequest } from "./peer_request.ts";
import type { Platform, Upgraded, UpgradeFunction } from "./platform.ts";
import { type Peer, seePeer } from "./proxy.ts";
import { FORBIDDEN_HOST, FORBIDDEN_ORIGIN, GONE, later, type PeerRefusal, respond } from "./refusals.ts";
import type { Refuser } from "./refuser.ts";
import type { FullReason, Registry } from "./registry.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SignInState } from "./sign_in_state.ts";
import { chooseProtocol } from "./subprotocol.ts";
import type { FoundToken } from "./token_sources.ts";
import type { UpgradeInfo, UpgradeResult } from "./types.ts";
import { settle } from "./verdict.ts";
import type { SocketLike } from "../internal/socket_like.ts";

/** The other parts that this one needs. */
export interface UpgradeParts<Data> {
  readonly gate: Gate<Data>;
  readonly registry: Registry<Data>;
  readonly entrance: Entrance<Data>;
  readonly refuser: Refuser<Data>;
  readonly platform: Platform;
  readonly scheduler: Scheduler;
  /** A place was given back. */
  placeFree(): void;
  /** Whether the server takes nobody any more. */
  isStopping(): boolean;
  /** Makes a connection of a socket for which a place was taken. Must not throw. */
  connect(socket: SocketLike, handshake: Handshake, setup: ConnectSetup<Data>): ServerConnection<Data>;
}

/** What a connection begins with. */
export interface ConnectSetup<Data> {
  /** The subprotocol that was chosen. */
  readonly protocol: string;
  /** The application's data, if there is any yet. */
  readonly data: Data | undefined;
  /** Who the peer is, or that it has yet to say so; `undefined` where peers do not sign in. */
  readonly signIn: SignInState<Data> | undefined;
}

/** A request that asks for a WebSocket, and what was read of it. */
interface Arrival {
  readonly request: Request;
  readonly info: UpgradeInfo | undefined;
  readonly url: UrlParts;
  readonly headers: HeaderLines;
  readonly upgrade: string;
  readonly params: Readonly<Record<string, string>> | undefined;
}

/** A request that is a proper handshake. */
interface Candidate<Data> {
  readonly request: Request;
  readonly peer: Peer;
  readonly origin: string | null;
  readonly handshake: Handshake;
  readonly protocol: string;
  readonly token: FoundToken;
  readonly upgrade: UpgradeFunction;
  /** The connection that came of it. */
  connection: ServerConnection<Data> | undefined;
}

/** Upgrades requests. */
export class Upgrader<Data> {
  readonly #config: ResolvedConfig<Data>;
  readonly #parts: UpgradeParts<Data>;
  readonly #rule: ReturnType<typeof pathRule>;
  readonly #plainIdleSeconds: number;

  /** Puts the part together. */
  constructor(config: ResolvedConfig<Data>, parts: UpgradeParts<Data>) {
    this.#config = config;
    this.#parts = parts;
    this.#rule = pathRule(config.path);
    const { heartbeatInterval, heartbeatTimeoutMs } = config;
    this.#plainIdleSeconds = heartbeatInterval === 0 ? 0 : (heartbeatInterval + heartbeatTimeoutMs) / 1000;
  }

  /** Answers a request; `null` when it is not ours. */
  handle(request: Request, info: UpgradeInfo | undefined): Response | Promise<Response> | null {
    const url = splitUrl(request.url);
    const match = this.#rule(url.pathname);
    if (match === undefined) return null;
    const headers = passingHeaders(request);
    const upgrade = headers.get("upgrade");
    if (!asksForWebSocket(upgrade)) return null;
    const arrival = { request, info, url, headers: new HeaderLines(headers), upgrade, params: match.params };
    const candidate = this.#read(arrival);
    return candidate instanceof Response ? candidate : this.#admit(candidate);
  }

  /** Answers a request whatever its path is, and tells which connection came of it. */
  async upgradeHere(request: Request, info: UpgradeInfo | undefined): Promise<UpgradeResult<Data>> {
    const url = splitUrl(request.url);
    const headers = passingHeaders(request);
    const upgrade = headers.get("upgrade");
    if (!asksForWebSocket(upgrade)) return { response: respond(UPGRADE_REQUIRED), connection: undefined };
    const arrival = { request, info, url, headers: new HeaderLines(headers), upgrade, params: undefined };
    const candidate = this.#read(arrival);
    if (candidate instanceof Response) return { response: candidate, connection: undefined };
    const response = await this.#admit(candidate);
    return { response, connection: candidate.connection };
  }

  /** Answers a request that is not a handshake: 404 for other paths, 426 for ours. */
  answerOther(request: Request): Response {
    if (this.#rule(splitUrl(request.url).pathname) === undefined) {
      return respond({ status: 404, why: "there is nothing at this address" });
    }
    return respond(UPGRADE_REQUIRED);
  }

  /** Checks the handshake for itself, and reads everything of it that is ever needed. */
  #read({ request, info, url, headers, upgrade, params }: Arrival): Candidate<Data> | Response {
    const config = this.#config;
    const { refuser, entrance, platform } = this.#parts;
    const peer = seePeer(hostnameOf(info?.remoteAddr), headers, config.trustProxy, schemeOf(request.url));
    const { method } = request;
    const refusal = checkHandshake({ method, authority: url.authority, target: url.target, upgrade, headers }, config);
    if (refusal !== undefined) return refuser.refuse(refusal, peer.address);
    const excess = headers.exceeds(config);
    if (excess !== undefined) return refuser.refuse(refuseHeaders(excess), peer.address);
    const offered = entrance.readOffer(headers.get("sec-websocket-protocol"));
    if (offered === undefined) return refuser.refuse(BAD_OFFER, peer.address);
    // Nobody looks for tokens where nobody wants any.
    const found = entrance.wantsTokens ? entrance.find(request.url, headers, offered) : undefined;
    try {
      return {
        request,
        peer,
        origin: headers.get("origin"),
        handshake: new Handshake(found?.url ?? request.url, headers.pack(), peer.address, params),
        protocol: chooseProtocol(found?.offered ?? offered, config.protocols, request),
        token: found?.token,
        upgrade: info?.upgrade ?? platform.upgrade,
        connection: undefined,
      };
    } catch (error) {
      return refuser.fail(error, peer.address);
    }
  }

  /** Who passes here has a place. */
  #admit(candidate: Candidate<Data>): Response | Promise<Response> {
    const config = this.#config;
    const { refuser, gate } = this.#parts;
    const { peer, origin, request } = candidate;
    if (this.#parts.isStopping()) return refuser.refusePeer(candidate, this.#restarting());
    if (config.hosts !== undefined && !config.hosts.includes(peer.host.toLowerCase())) {
      return refuser.refusePeer(candidate, FORBIDDEN_HOST);
    }
    if (candidate.protocol === "" && config.requireProtocol) return refuser.refuse(NO_PROTOCOL, peer.address);
    let allowed: boolean | Promise<boolean>;
    try {
      const check = { origin, host: peer.host, scheme: peer.scheme };
      allowed = isOriginAllowed(check, config.origins, config.requireOrigin, request);
    } catch (error) {
      return refuser.fail(error, peer.address);
    }
    if (allowed === false) return refuser.refusePeer(candidate, FORBIDDEN_ORIGIN);
    const full = gate.admit(peer.address, () => request.signal);
    if (allowed !== true || full instanceof Promise) return this.#admitLater(candidate, allowed, full);
    return full === undefined ? this.#judge(candidate) : refuser.refusePeer(candidate, this.#whenFull(full));
  }

  /** The same when a check takes time: the peer may be gone by the end of it. */
  async #admitLater(
    candidate: Candidate<Data>,
    allowed: boolean | Promise<boolean>,
    admission: FullReason | undefined | Promise<FullReason | undefined>,
  ): Promise<Response> {
    const { refuser, scheduler } = this.#parts;
    const { peer: { address }, request: { signal } } = candidate;
    const [full, verdict] = await Promise.all([
      admission,
      settle(allowed, signal, scheduler, this.#config.openTimeoutMs),
    ]);
    if (full !== undefined) return refuser.refusePeer(candidate, this.#whenFull(full));
    if (verdict === true && !signal.aborted) return this.#judge(candidate);
    this.#giveBack(candidate);
    if (signal.aborted) return refuser.refuse(GONE, address);
    return typeof verdict === "object"
      ? refuser.fail(verdict.error, address)
      : refuser.refusePeer(candidate, FORBIDDEN_ORIGIN);
  }

  /** Has a peer judged that has a place, unless nobody wants to know it, or only when it has sent its first message. */
  #judge(candidate: Candidate<Data>): Response | Promise<Response> {
    const { entrance } = this.#parts;
    if (!entrance.isWatched) return this.#enter(candidate, undefined);
    const { handshake, protocol, token, request } = candidate;
    const isManaged = protocol === SUBPROTOCOL;
    if (token === undefined && entrance.awaitsMessage(isManaged)) return this.#enter(candidate, undefined);
    let data: Data | undefined;
    try {
      data = this.#config.data?.(handshake);
    } catch (error) {
      return this.#turnAway(candidate, { kind: "failed", error });
    }
    const peerRequest = new PeerRequest<Data>({ handshake, protocol, isManaged, token, data });
    return entrance.judge(
      peerRequest,
      () => request.signal,
      (judgement) =>
        judgement.kind === "entry" ? this.#enter(candidate, judgement) : this.#turnAway(candidate, judgement),
    );
  }

  /** Upgrades a request for which a place was taken. */
  #enter(candidate: Candidate<Data>, entry: Entry<Data> | undefined): Response {
    const { request, handshake, protocol, upgrade } = candidate;
    if (this.#parts.isStopping()) return this.#turnAway(candidate, { kind: "refused", refusal: this.#restarting() });
    const idleTimeoutSeconds = protocol === SUBPROTOCOL ? 0 : this.#plainIdleSeconds;
    let headers: Headers | undefined, data: Data | undefined, upgraded: Upgraded;
    try {
      headers = this.#config.headers(handshake);
      data = entry === undefined ? this.#config.data?.(handshake) : entry.data;
      upgraded = upgrade(request, { protocol, idleTimeoutSeconds });
    } catch (error) {
      return this.#turnAway(candidate, { kind: "failed", error });
    }
    // From here on nothing may fail, and the response must be returned as it is.
    if (headers !== undefined) { for (const [name, value] of headers) upgraded.response.headers.append(name, value); }
    const signIn = this.#parts.entrance.signInOf(entry);
    candidate.connection = this.#parts.connect(upgraded.socket, handshake, { protocol, data, signIn });
    return upgraded.response;
  }

  /** Answers a peer that does not come in after all, and gives its place back. */
  #turnAway(candidate: Candidate<Data>, judgement: Exclude<Judgement<Data>, Entry<Data>>): Response {
    const { refuser } = this.#parts;
    const { remoteAddr } = candidate.handshake;
    this.#giveBack(candidate);
    if (judgement.kind === "gone") return refuser.refuse(GONE, remoteAddr);
    if (judgement.kind === "failed") return refuser.fail(judgement.error, remoteAddr);
    return refuser.refusePeer(candidate, judgement.refusal);
  }

  #whenFull(reason: FullReason): PeerRefusal {
    const { retryAfterMs } = this.#config;
    return reason === "too_many_connections"
      ? later(429, reason, "too many connections from one address", retryAfterMs)
      : later(503, reason, "the server is full", retryAfterMs);
  }

  #restarting(): PeerRefusal {
    return later(503, "restarting", "the server is stopping", this.#config.retryAfterMs);
  }

  #giveBack({ peer }: Candidate<Data>): void {
    this.#parts.registry.giveBack(peer.address);
    this.#parts.placeFree();
  }
}

const BAD_OFFER: Refusal = { status: 400, why: "Sec-WebSocket-Protocol is malformed" };
const NO_PROTOCOL: Refusal = { status: 400, why: "none of the offered subprotocols is spoken here" };

/** The address in what a runtime tells of the other end: Deno's `{ hostname }`, or nothing. */
function hostnameOf(remoteAddr: unknown): string {
  if (typeof remoteAddr === "string") return remoteAddr;
  if (typeof remoteAddr !== "object" || remoteAddr === null) return "";
  const { hostname } = remoteAddr as { hostname?: unknown };
  return typeof hostname === "string" ? hostname : "";
}

/** TLS of ours is known for sure; without it a proxy may have ended the TLS of the peer. */
function schemeOf(url: string): string | undefined {
  return url.startsWith("https:") ? "https" : undefined;
}
