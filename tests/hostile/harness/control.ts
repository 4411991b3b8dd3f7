/**
 * The control channel's two directions as types: lines of JSON over the standard input and output of a server process.
 *
 * @module
 */

import type { Address } from "./raw_peer.ts";

/** What a server process is asked. */
export type Command =
  /**
   * Answer with a {@linkcode Snapshot} as soon as no more than so many connections are registered, no slot is taken beside
   * them, and no more than so many zombies are left; or when the deadline has passed.
   */
  | {
    readonly name: "settle";
    readonly connections: number;
    readonly zombies: number | null;
    readonly deadlineMs: number;
  }
  /** Let everybody pass who waits, or will wait, at the gate of this name. */
  | { readonly name: "open_gate"; readonly gate: string }
  /** Do this to the server's clock. */
  | { readonly name: "clock"; readonly action: ClockAction }
  /** End the server and the process. */
  | { readonly name: "stop" };

/** Stop the clock of the server, let so many milliseconds pass on it, or let it run on from where it stands. */
export type ClockAction = "hold" | "release" | { readonly advanceMs: number };

/** A line to a server process. */
export interface Request {
  readonly id: number;
  readonly command: Command;
}

/** A server's own figures. */
export interface Snapshot {
  /** The targets of the connections in the registry. */
  readonly targets: readonly string[];
  /** Sockets that we gave up and that the runtime still holds. */
  readonly zombies: number;
  /** Slots that belong to no open connection: upgrades under way and requests that wait. */
  readonly unopened: number;
  /** Runtime timers that the server has running; `undefined` where they cannot be counted. */
  readonly timers: number | undefined;
  /** Rooms that have members. */
  readonly rooms: number;
  /** Sessions whose clients are away. */
  readonly suspended: number;
  /** Messages that nobody handled, since the start. */
  readonly unhandled: number;
}

/**
 * Something that a handler of the server under test saw; `check` is an origin or a rule that is at work, `abort` a handler
 * that was told to stop, `asked` the end of requests to a peer, `room` what became of a wish to be in a room, `session` the end
 * of a session.
 */
export interface ServerEvent {
  readonly kind: "check" | "connect" | "message" | "close" | "error" | "abort" | "asked" | "room" | "session";
  /** The target that the connection asked for; empty for an error that belongs to none. */
  readonly target: string;
  /** `message`: type and size; `close`: code, reason, wasClean; `error`: the text. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A line from a server process. */
export type Line =
  | { readonly kind: "listening"; readonly address: Address }
  | { readonly kind: "answer"; readonly id: number; readonly snapshot: Snapshot | null }
  | { readonly kind: "event"; readonly event: ServerEvent }
  /** A log line as an operator would read it. */
  | { readonly kind: "log"; readonly text: string }
  /** Something reached `unhandledrejection` or `error` of the global object. */
  | { readonly kind: "guard"; readonly text: string };
