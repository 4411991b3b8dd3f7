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

/** One line to the load generator. */
export type Command = OpenCommand | EchoCommand | BroadcastCommand | UpgradesCommand | WatchCommand | FloodCommand;

/** What came of a flood: times in milliseconds. */
export interface Flooded {
  /** From each quiet peer's message to its answer. */
  readonly roundTrips: readonly number[];
  /** From the first message of each flood until its connection was closed. */
  readonly untilClosed: readonly number[];
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
}

/** One line from the load generator: what was measured, nothing, or what went wrong. */
export type Answer = { readonly measured?: Measured; readonly flooded?: Flooded } | { readonly error: string };
