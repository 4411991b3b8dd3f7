/**
 * From request to connection: runs the checks in order, takes a place, upgrades. All that may fail comes before the
 * upgrade; after it there are only statements that cannot, because on Deno an error there ends the listener.
 *
 * @module
 */

import { UpgradeFailedError } from "../errors.ts";
import { STATUS_TEXT, type StatusCode } from "@std/http/status";
import { CloseCode } from "../protocol/close_codes.ts";
import { type RefusedMessage, SUBPROTOCOL } from "../protocol/messages.ts";
import type { Gate } from "./gate.ts";
import type { Guard } from "./guard.ts";
import { asksForWebSocket, checkHandshake, type Refusal, refuseHeaders, UPGRADE_REQUIRED } from "./handshake_check.ts";
import { Handshake } from "./handshake.ts";
import type { InBandRefuser } from "./in_band.ts";
import type { ServerLog } from "./log.ts";
import type { ResolvedConfig } from "./config.ts";
import { isOriginAllowed } from "./origin.ts";
import { HeaderLines, passingHeaders } from "./packed_headers.ts";
import { pathRule, splitUrl } from "./path.ts";
import type { Platform, UpgradeFunction } from "./platform.ts";
import { type Peer, seePeer } from "./proxy.ts";
import type { FullReason, Registry } from "./registry.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Counters } from "./stats.ts";
import { chooseProtocol, readOffer } from "./subprotocol.ts";
import { settle } from "./verdict.ts";
import type { UpgradeInfo } from "./types.ts";
import type { SocketLike } from "../internal/socket_like.ts";

/** The other parts that this one needs. */
export interface UpgradeParts<Data> {
  readonly gate: Gate<Data>;
  readonly registry: Registry<Data>;
  readonly guard: Guard<Data>;
  readonly counters: Counters;
  readonly log: ServerLog;
  readonly inBand: InBandRefuser;
  readonly platform: Platform;
  readonly scheduler: Scheduler;
  /** A place was given back. */
  placeFree(): void;
  /** Whether the server takes nobody any more. */
  isStopping(): boolean;
  /** Makes a connection of a socket for which a place was taken. Must not throw. */
  connect(socket: SocketLike, handshake: Handshake, protocol: string, data: Data | undefined): void;
}

/** A request that has passed the synchronous checks. */
interface Candidate {
  readonly request: Request;
  readonly origin: string | null;
  readonly handshake: Handshake;
  readonly protocol: string;
  readonly upgrade: UpgradeFunction;
}

/** A refusal that the peer's application should understand, and what it is told when it speaks our protocol. */
interface PeerRefusal extends Refusal {
  readonly code: string;
  readonly closeCode: number;
  readonly retryAfterMs?: number;
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
    const { authority, pathname, target } = splitUrl(request.url);
    const match = this.#rule(pathname);
    if (match === undefined) return null;
    const { method } = request;
    const runtimeHeaders = passingHeaders(request);
    const upgrade = runtimeHeaders.get("upgrade");
    if (!asksForWebSocket(upgrade)) return null;
    const headers = new HeaderLines(runtimeHeaders);

    const peer = seePeer(hostnameOf(info?.remoteAddr), headers, this.#config.trustProxy, schemeOf(request.url));
    const refusal = checkHandshake({ method, authority, target, upgrade, headers }, this.#config);
    if (refusal !== undefined) return this.#refuse(refusal, peer.address);
    const excess = headers.exceeds(this.#config);
    if (excess !== undefined) return this.#refuse(refuseHeaders(excess), peer.address);
    const offered = readOffer(headers.get("sec-websocket-protocol"));
    if (offered === undefined) return this.#refuse(BAD_OFFER, peer.address);
    try {
      const candidate: Candidate = {
        request,
        origin: headers.get("origin"),
        handshake: new Handshake(request.url, headers.pack(), peer.address, match.params),
        protocol: chooseProtocol(offered, this.#config.protocols, request),
        upgrade: info?.upgrade ?? this.#parts.platform.upgrade,
      };
      return this.#admit(candidate, peer);
    } catch (error) {
      return this.#fail(error, peer.address);
    }
  }

  /** Answers a request that is not a handshake: 404 for other paths, 426 for ours. */
  answerOther(request: Request): Response {
    if (this.#rule(splitUrl(request.url).pathname) === undefined) {
      return respond({ status: 404, why: "there is nothing at this address" });
    }
    return respond(UPGRADE_REQUIRED);
  }

  #admit(candidate: Candidate, peer: Peer): Response | Promise<Response> {
    const config = this.#config;
    const parts = this.#parts;
    if (parts.isStopping()) return this.#refusePeer(candidate, this.#restarting());
    if (config.hosts !== undefined && !config.hosts.includes(peer.host.toLowerCase())) {
      return this.#refusePeer(candidate, FORBIDDEN_HOST);
    }
    if (candidate.protocol === "" && config.requireProtocol) return this.#refuse(NO_PROTOCOL, peer.address);
    const check = { origin: candidate.origin, host: peer.host, scheme: peer.scheme };
    const allowed = isOriginAllowed(check, config.origins, config.requireOrigin, candidate.request);
    if (allowed === false) return this.#refusePeer(candidate, FORBIDDEN_ORIGIN);
    const full = parts.gate.admit(peer.address, () => candidate.request.signal);
    if (allowed === true && !(full instanceof Promise)) return this.#enter(candidate, full);
    return this.#admitLater(candidate, allowed, full);
  }

  /** The same when a check takes time: the peer may be gone by the end of it. */
  async #admitLater(
    candidate: Candidate,
    allowed: boolean | Promise<boolean>,
    admission: FullReason | undefined | Promise<FullReason | undefined>,
  ): Promise<Response> {
    const { remoteAddr } = candidate.handshake;
    const { signal } = candidate.request;
    const [full, verdict] = await Promise.all([
      admission,
      settle(allowed, signal, this.#parts.scheduler, this.#config.openTimeoutMs),
    ]);
    if (full !== undefined) return this.#refusePeer(candidate, this.#whenFull(full));
    const isStopping = this.#parts.isStopping();
    if (verdict === true && !signal.aborted && !isStopping) return this.#enter(candidate, undefined);
    this.#giveBack(remoteAddr);
    if (signal.aborted) return this.#refuse(GONE, remoteAddr);
    if (verdict === true) return this.#refusePeer(candidate, this.#restarting());
    return verdict === false ? this.#refusePeer(candidate, FORBIDDEN_ORIGIN) : this.#fail(verdict.error, remoteAddr);
  }

  /** Upgrades a request for which a place was taken, unless there was none. */
  #enter(candidate: Candidate, full: FullReason | undefined): Response {
    if (full !== undefined) return this.#refusePeer(candidate, this.#whenFull(full));
    const { request, handshake, protocol, upgrade } = candidate;
    const idleTimeoutSeconds = protocol === SUBPROTOCOL ? 0 : this.#plainIdleSeconds;
    let headers: Headers | undefined, data: Data | undefined, upgraded: ReturnType<UpgradeFunction>;
    try {
      headers = this.#config.headers(handshake);
      data = this.#config.data?.(handshake);
      upgraded = upgrade(request, { protocol, idleTimeoutSeconds });
    } catch (error) {
      this.#giveBack(handshake.remoteAddr);
      return this.#fail(error, handshake.remoteAddr);
    }
    // From here on nothing may fail, and the response must be returned as it is.
    if (headers !== undefined) { for (const [name, value] of headers) upgraded.response.headers.append(name, value); }
    this.#parts.connect(upgraded.socket, handshake, protocol, data);
    return upgraded.response;
  }

  #refusePeer(candidate: Candidate, refusal: PeerRefusal): Response {
    const { inBand } = this.#parts;
    const isManaged = candidate.protocol === SUBPROTOCOL;
    const isClosedWith = this.#config.whenFull === "closeWith" && refusal.closeCode === CloseCode.TRY_AGAIN_LATER;
    if ((!isManaged && !isClosedWith) || !inBand.hasRoom) return this.#refuse(refusal, candidate.handshake.remoteAddr);
    const { request, protocol, upgrade } = candidate;
    let upgraded: ReturnType<UpgradeFunction>;
    try {
      upgraded = upgrade(request, { protocol, idleTimeoutSeconds: 10 });
    } catch (error) {
      return this.#fail(error, candidate.handshake.remoteAddr);
    }
    this.#count(refusal, candidate.handshake.remoteAddr);
    const { code, closeCode, why, retryAfterMs } = refusal;
    const message: RefusedMessage = { type: "$refused", code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    inBand.refuse(upgraded.socket, { closeCode, reason: why, message: isManaged ? message : undefined });
    return upgraded.response;
  }

  #whenFull(reason: FullReason): PeerRefusal {
    const isAddress = reason === "too_many_connections";
    return this.#later(
      isAddress ? 429 : 503,
      reason,
      isAddress ? "too many connections from one address" : "the server is full",
    );
  }

  #restarting(): PeerRefusal {
    return this.#later(503, "restarting", "the server is stopping");
  }

  #later(status: number, code: string, why: string): PeerRefusal {
    const { retryAfterMs } = this.#config;
    const headers = { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
    return { status, why, headers, code, closeCode: CloseCode.TRY_AGAIN_LATER, retryAfterMs };
  }

  #refuse(refusal: Refusal, remoteAddr: string): Response {
    this.#count(refusal, remoteAddr);
    return respond(refusal);
  }

  #count(refusal: Refusal, remoteAddr: string): void {
    this.#parts.counters.refused++;
    this.#parts.log.refused(refusal.status, refusal.why, remoteAddr);
  }

  #fail(cause: unknown, remoteAddr: string): Response {
    const text = "Cannot upgrade a request as a function of the configuration or the runtime failed: see the cause";
    this.#parts.guard.report(undefined, new UpgradeFailedError(text, { cause }));
    return this.#refuse({ status: 500, why: "the request could not be upgraded" }, remoteAddr);
  }

  #giveBack(address: string): void {
    this.#parts.registry.giveBack(address);
    this.#parts.placeFree();
  }
}

const BAD_OFFER: Refusal = { status: 400, why: "Sec-WebSocket-Protocol is malformed" };
const NO_PROTOCOL: Refusal = { status: 400, why: "none of the offered subprotocols is spoken here" };
const GONE: Refusal = { status: 503, why: "the peer has gone" };
const FORBIDDEN_ORIGIN: PeerRefusal = {
  status: 403,
  why: "pages of this origin may not connect",
  code: "forbidden",
  closeCode: CloseCode.FORBIDDEN,
};
const FORBIDDEN_HOST: PeerRefusal = { ...FORBIDDEN_ORIGIN, why: "this server does not answer to that host" };

function respond({ status, why, headers }: Refusal): Response {
  const text = STATUS_TEXT[status as StatusCode] ?? "";
  return new Response(`${status} ${text}: ${why}\n`, {
    status,
    headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}

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
