/**
 * Lets no more peers in than the server can serve: by their rate, by the lag of the event loop and by memory.
 *
 * @module
 */

import type { PlatformPorts, PluginHost, WebSocketPlugin } from "../server/types.ts";
import { addressKey } from "./address_key.ts";
import { type AdmissionLimits, type AdmissionOptions, resolveAdmission } from "./admission_options.ts";
import { BucketStore } from "./bucket_store.ts";
import { LagMeter } from "./lag_meter.ts";
import { refuse } from "./refusal.ts";
import { type Bucket, fullBucket, holds, take, waitMs } from "../internal/token_bucket.ts";

/** Figures of an {@linkcode admission}, for health checks and tests. */
export interface AdmissionState {
  /** How many were let through. */
  readonly admitted: number;
  /** How many were refused, and why. */
  readonly refused: {
    /** Too many upgrades of all peers together. */
    readonly rate: number;
    /** Too many of one address. */
    readonly address: number;
    /** Too many of one user. */
    readonly user: number;
    /** The event loop was too late. */
    readonly lag: number;
    /** Too much memory was in use. */
    readonly memory: number;
  };
  /** The lag of the event loop, smoothed, in milliseconds; 0 while nobody asks for an upgrade, and when it is not watched. */
  readonly eventLoopLagMs: number;
  /** The memory of the process, in bytes; `undefined` where the platform does not tell, and before the plugin is in. */
  readonly memoryBytes: number | undefined;
  /** Addresses that are remembered. */
  readonly trackedAddresses: number;
  /** Users that are remembered. */
  readonly trackedUsers: number;
}

/** The plugin that {@linkcode admission} makes. */
export interface AdmissionPlugin<Data = Record<string, unknown>> extends WebSocketPlugin<Data> {
  /** The figures of this moment. */
  readonly state: AdmissionState;
}

/**
 * Lets peers in at a rate that the server can stand, and nobody while it is overloaded. Those refused get 503, or 429 when
 * it is about their own address or user, with `Retry-After`; managed peers are told the same in band and come back in time.
 * A connection that renews its sign-in does not count.
 *
 * Put it in before other connection middleware, so that those who are refused cost nothing more.
 *
 * @throws {TypeError} If an option is of a wrong kind, or unknown.
 * @throws {RangeError} If a number is out of bounds.
 *
 * @example
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { admission } from "@switchboard/websocket/middleware";
 * import { connect, HandshakeRefusedError } from "@switchboard/websocket/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const server = new WebSocketServer();
 * const gate = admission({ upgradesPerSecond: 1, burst: 1 });
 * server.use(gate);
 *
 * await using _first = await connect(server);
 * const second = await assertRejects(() => connect(server), HandshakeRefusedError);
 *
 * assertEquals([second.status, second.headers.get("retry-after")], [503, "5"]);
 * assertEquals([gate.state.admitted, gate.state.refused.rate], [1, 1]);
 * ```
 */
export function admission<Data = Record<string, unknown>>(options: AdmissionOptions = {}): AdmissionPlugin<Data> {
  const limits = resolveAdmission(options);
  const counts = { admitted: 0, refused: { rate: 0, address: 0, user: 0, lag: 0, memory: 0 } };
  let desk: Desk | undefined;
  return {
    name: "admission",
    install(host: PluginHost<Data>): () => void {
      if (desk !== undefined) {
        throw new TypeError("Cannot use one admission twice as it counts for one server: make another by admission()");
      }
      const own = desk = new Desk(limits, host.platform);
      host.use({
        connection(request, next) {
          if (request.connection !== undefined) return next();
          const refusal = own.judge(request.remoteAddr, request.userId);
          if (refusal === undefined) {
            counts.admitted++;
            return next();
          }
          counts.refused[refusal.why]++;
          return refuse(refusal.status, refusal.text, refusal.retryAfterMs);
        },
      });
      return () => {
        own.close();
        desk = undefined;
      };
    },
    get state(): AdmissionState {
      return {
        admitted: counts.admitted,
        refused: { ...counts.refused },
        eventLoopLagMs: desk?.lag.lagMs ?? 0,
        memoryBytes: desk?.platform.memoryBytes(),
        trackedAddresses: desk?.addresses?.size ?? 0,
        trackedUsers: desk?.users?.size ?? 0,
      };
    },
  };
}

interface Refusal {
  readonly why: keyof AdmissionState["refused"];
  readonly status: 429 | 503;
  readonly text: string;
  readonly retryAfterMs: number;
}

/** Decides for one server. */
class Desk {
  readonly #limits: AdmissionLimits;
  readonly #all: Bucket | undefined;
  readonly platform: PlatformPorts;
  readonly addresses: BucketStore | undefined;
  readonly users: BucketStore | undefined;
  readonly lag: LagMeter;

  constructor(limits: AdmissionLimits, platform: PlatformPorts) {
    const { all, address, user, maxTracked } = limits;
    const now = platform.now();
    this.#limits = limits;
    this.platform = platform;
    this.lag = new LagMeter(platform);
    this.#all = all && fullBucket(all, now);
    this.addresses = address && new BucketStore(address, maxTracked, now);
    this.users = user && new BucketStore(user, maxTracked, now);
  }

  /** Says no, or takes what one upgrade costs. Who is refused for itself takes nothing from the others. */
  judge(remoteAddr: string, userId: string | undefined): Refusal | undefined {
    const overload = this.#overload();
    if (overload !== undefined) return overload;
    const { all, address, user, retryAfterMs } = this.#limits;
    const now = this.platform.now();
    const name = this.addresses === undefined ? "" : addressKey(remoteAddr);
    const ofAddress = name === "" ? undefined : this.addresses?.get(name, now);
    if (ofAddress && address && !holds(ofAddress, address, now)) {
      return tooMany("address", "too many connections in short time from one address", waitMs(ofAddress, address, now));
    }
    const ofUser = userId === undefined ? undefined : this.users?.get(userId, now);
    if (ofUser && user && !holds(ofUser, user, now)) {
      return tooMany("user", "too many connections in short time of one user", waitMs(ofUser, user, now));
    }
    if (this.#all && all && !take(this.#all, all, now)) {
      return unavailable("rate", Math.max(retryAfterMs, waitMs(this.#all, all, now)));
    }
    if (ofAddress && address) take(ofAddress, address, now);
    if (ofUser && user) take(ofUser, user, now);
    return undefined;
  }

  close(): void {
    this.lag.stop();
  }

  #overload(): Refusal | undefined {
    const { maxEventLoopLagMs, maxMemoryBytes, retryAfterMs } = this.#limits;
    if (maxEventLoopLagMs > 0 && this.lag.ask() > maxEventLoopLagMs) return unavailable("lag", retryAfterMs);
    const isFull = maxMemoryBytes > 0 && (this.platform.memoryBytes() ?? 0) > maxMemoryBytes;
    return isFull ? unavailable("memory", retryAfterMs) : undefined;
  }
}

function tooMany(why: Refusal["why"], text: string, retryAfterMs: number): Refusal {
  return { why, status: 429, text, retryAfterMs };
}

function unavailable(why: Refusal["why"], retryAfterMs: number): Refusal {
  return { why, status: 503, text: "the server has too much to do", retryAfterMs };
}
