/**
 * Servers whose clients come back, and handlers through which a peer makes one send, publish and count.
 *
 * @module
 */

import type { MessageContext, WebSocketConfig, WebSocketServer } from "../../../src/server/mod.ts";
import type { ChildChannel } from "./child_channel.ts";
import { SECRET } from "./faulty_messages.ts";
import { reporting, targetOf } from "./reports.ts";

/** How much the configurations keep for a client, and in a log; but for `resumable_tight`. */
export const KEPT = 16;
/** How long a client of `resumable_briefly` may be away, in milliseconds. */
export const BRIEF_WINDOW_MS = 300;
/** Bytes that may wait for a peer of `resumable_tight`. */
export const TIGHT_BYTES = 2_097_152;
/** How many sessions without a connection one address may have in `resumable_briefly`. */
export const MAX_SUSPENDED = 500;

/** Data of a connection that outlives it. */
interface Kept {
  /** The target of the request with which the session began. */
  readonly target: string;
  /** How often the handler of `count` ran. */
  count: number;
  /** How many messages were sent to the client alone. */
  given: number;
  /** Whether rooms that may be denied are. */
  isDenied: boolean;
  /** What fails when the session goes on, or is over: once. */
  fails: "data" | "connect" | "rule" | "end" | undefined;
}

/** A window that no case outlives by accident: a case ends its sessions. */
const RESUME = { windowMs: 20_000, maxMessages: KEPT };

/** Fails if it is this that is to fail. */
function failOnce(kept: Kept, what: Kept["fails"]): void {
  if (kept.fails !== what) return;
  kept.fails = undefined;
  throw new Error(SECRET);
}

const VARIANTS = {
  resumable: {
    history: { maxMessages: KEPT },
    resume: {
      ...RESUME,
      data: (kept: Record<string, unknown>) => {
        failOnce(kept as unknown as Kept, "data");
        return kept;
      },
    },
    handlers: {
      onConnect: ({ data }, { resumed }) => {
        if (resumed) failOnce(data as unknown as Kept, "connect");
      },
    },
  },
  resumable_signed_in: { resume: RESUME, history: { maxMessages: KEPT } },
  resumable_briefly: { resume: { ...RESUME, windowMs: BRIEF_WINDOW_MS, maxSuspendedPerAddress: MAX_SUSPENDED } },
  resumable_tight: {
    maxBufferedBytes: TIGHT_BYTES,
    highWaterBytes: TIGHT_BYTES / 2,
    resume: { ...RESUME, maxMessages: 1_000 },
    history: { maxMessages: 1_000, maxBytes: 33_554_432 },
  },
} satisfies Record<string, WebSocketConfig>;

/** The name of a configuration in which clients come back. */
export type SessionVariant = keyof typeof VARIANTS;

/** The options of such a configuration. */
export function resumable(name: SessionVariant): WebSocketConfig {
  const options: WebSocketConfig = VARIANTS[name];
  const fresh = (url: string): Kept => ({
    target: targetOf(url),
    count: 0,
    given: 0,
    isDenied: false,
    fails: undefined,
  });
  if (name !== "resumable_signed_in") return { ...options, data: ({ url }) => ({ ...fresh(url) }) };
  return {
    ...options,
    authenticate: ({ token, url }) => token === undefined ? null : { userId: token, ...fresh(url) },
  };
}

/** Adds the handlers. */
export function addSessionHandlers(server: WebSocketServer, channel: ChildChannel): void {
  const handle = (type: string, handler: (data: Wish, context: MessageContext<Kept>) => unknown) =>
    server.handle(type, reporting(channel, (data, context) => handler(data as Wish, context)));
  server.on(
    "session:ended",
    ({ data, reason }) =>
      channel.event({ kind: "session", target: (data as unknown as Kept).target, detail: { reason } }),
  );
  server.on("session:ended", ({ data }) => failOnce(data as unknown as Kept, "end"));
  server.room("fickle/*", {
    join: ({ connection, isMember }) => {
      const kept = connection.data as unknown as Kept;
      if (isMember) failOnce(kept, "rule");
      return !kept.isDenied;
    },
  });
  server.room("*");
  /** Counts how often it is called, across the connections of a session. */
  handle("count", (_data, { connection }) => ++connection.data.count);
  /** Sends numbered messages to the client alone. */
  handle("give", ({ count, size = 0 }, { connection }) => {
    const padding = "x".repeat(size);
    for (let given = 0; given < count!; given++) {
      connection.send({ type: "given", data: ++connection.data.given, padding });
    }
  });
  /** Does that for another client, by its id. */
  handle(
    "give_to",
    ({ id, count }) =>
      Array.from({ length: count! }, (_, index) => server.send(id!, { type: "given", data: 1_001 + index })).at(-1),
  );
  /** Publishes numbered messages to a room. */
  handle("publish", ({ room, count, first = 1, size = 0 }) => {
    const padding = "x".repeat(size);
    for (let n = first; n < first + count!; n++) server.broadcast({ type: "news", data: n, padding }, { room: room! });
  });
  handle("deny", (_data, { connection }) => void (connection.data.isDenied = true));
  handle("fail", ({ what }, { connection }) => void (connection.data.fails = what));
  handle("mine", (_data, { connection }) => connection.rooms);
  handle("log_out", (_data, { connection }) => void server.revoke(connection.userId!));
}

/** What a peer's message carries here. */
interface Wish {
  readonly id?: string;
  readonly room?: string;
  readonly count?: number;
  readonly first?: number;
  readonly size?: number;
  readonly what?: Kept["fails"];
}
