/**
 * What the benchmark asks of a load generator and gets back, as lines of JSON. Types only.
 *
 * @module
 */

import type { OpenOptions } from "./peers.ts";

/** How long a load runs. */
export interface Duration {
  /** Time before the count begins, for compilers and caches. */
  readonly warmMs: number;
  /** Time that is counted. */
  readonly ms: number;
}

/** Each connection has so many messages under way, and sends one for each answer. */
export interface EchoCommand extends Duration {
  readonly do: "echo";
  readonly inFlight: number;
}

/** The first connection asks for so many broadcasts at a time, and for one more when one reached all. */
export interface BroadcastCommand extends Duration {
  readonly do: "broadcast";
  readonly inFlight: number;
}

/** Connections are opened and closed, so many at a time. */
export interface UpgradesCommand extends Duration {
  readonly do: "upgrades";
  readonly parallel: number;
}

/** Nothing is sent but the answers to pings. */
export interface WatchCommand extends Duration {
  readonly do: "watch";
}

/** Every peer joins one of so many rooms. */
export interface JoinCommand {
  readonly do: "join";
  readonly rooms: number;
}

/** Every connection is reset, and what its peer knows is kept. */
export interface CutCommand {
  readonly do: "cut";
}

/** Those whose connections were reset resume, and receive what they have missed. */
export interface ReturnCommand {
  readonly do: "return";
  /** How many may be on their way to an open connection at a time. */
  readonly parallel: number;
  /** Messages that each has missed. */
  readonly missed: number;
}

/** Opens connections that stay. */
export interface OpenCommand extends OpenOptions {
  readonly do: "open";
}

/** The open connections send now and then; one more connection after the other floods, if that is wanted. */
export interface FloodCommand {
  readonly do: "flood";
  readonly ms: number;
  readonly floods: boolean;
}

/** What ends with figures. */
export type MeasuredCommand = EchoCommand | BroadcastCommand | UpgradesCommand | WatchCommand | ReturnCommand;

/** What makes ready for those. */
export type PreparingCommand = OpenCommand | JoinCommand | CutCommand;

/** One line to the load generator. */
export type Command = PreparingCommand | MeasuredCommand | FloodCommand;

/** What came of a flood: times in milliseconds. */
export interface Flooded {
  /** From each quiet peer's message to its answer. */
  readonly roundTrips: readonly number[];
  /** From the first message of each flood until its connection was closed. */
  readonly untilClosed: readonly number[];
}

/** From the request for a broadcast until half of the receivers, and the last one, had it; in milliseconds. */
export interface Latencies {
  readonly untilHalf: readonly number[];
  readonly untilLast: readonly number[];
}

/** What happened in the time that was counted. */
export interface Measured {
  /** Messages, deliveries or upgrades. */
  readonly units: number;
  readonly ms: number;
  /** CPU time of the server's process, user and system, all threads. */
  readonly serverMs: number;
  /** The same two from `/proc/PID/stat`, in steps of 10 ms. */
  readonly serverUserMs: number;
  readonly serverSystemMs: number;
  /** CPU time of the load generator. */
  readonly loadMs: number;
  /** Pings that were answered. */
  readonly pings: number;
  /** What the load generator received, frames' heads and all. */
  readonly receivedBytes: number;
  /** Application messages that it received, whether what they belong to is complete or not. */
  readonly receivedMessages: number;
  /** Frames that they came in. */
  readonly receivedFrames: number;
  /** How long each broadcast took, where one was under way at a time. */
  readonly latencies?: Latencies;
}

/** One line from the load generator: what was measured, nothing, or what went wrong. */
export type Answer = { readonly measured?: Measured; readonly flooded?: Flooded } | { readonly error: string };
