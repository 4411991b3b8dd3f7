/**
 * Pure: what a test of delivery does, what its programs tell each other, and how their messages are numbered.
 *
 * A source is whatever numbers its messages in one row for a client: a room, `$all`, `$inbox` for what is sent to the client
 * alone, or another client whose messages are passed on to the room.
 *
 * @module
 */

import type { ChaosOptions, Fault } from "./chaos_proxy.ts";

/** What the server is told. */
export interface ServerPlan {
  readonly clients: number;
  readonly rooms: number;
  /** How many messages are published to each room; a tenth as many go to everybody, and to each client alone. */
  readonly perRoom: number;
  /** How many of them in a second. */
  readonly perSecond: number;
  /** Whether what a client sends is passed on to its room. */
  readonly isRelay?: boolean;
  /** Options of the server. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Where to listen; 0 for any port. */
  readonly port: number;
  /** Which life of the server it is, from 1 on: its numbers begin above those of the one before. */
  readonly life: number;
  /** A file to which each message that was handled is written before it is answered. */
  readonly journal?: string;
}

/** What the clients' program is told. */
export interface LoadPlan {
  readonly clients: number;
  readonly rooms: number;
  /** How many messages each client sends. */
  readonly perClient: number;
  /** How many of them in a second. */
  readonly perSecond: number;
  /** What the proxy does between clients and server; nothing when left out. */
  readonly chaos?: ChaosOptions;
  /** Whether it does so from the first connection on, and not only from when all have joined their rooms. */
  readonly isRough?: boolean;
  /** Whether no message is a request: answers take places among what is kept for a client. */
  readonly asksNothing?: boolean;
  /** Clients of which one connection is reset, one client after the other, with so many milliseconds between. */
  readonly resetEveryMs?: number;
  /** The port of the server. */
  readonly port: number;
}

/** A number that was received, or, as text, why what stood before the next number cannot be had. */
export type Entry = number | string;

/** What one client has seen. */
export interface ClientReport {
  readonly client: number;
  /** Whether the session went on, for each time that the connection was open. */
  readonly resumed: readonly boolean[];
  /** How often connections ended, by code. */
  readonly closes: Readonly<Record<string, number>>;
  /** How many messages it sent, numbered from 1 on. */
  readonly sent: number;
  /** What was wrong: sends that were not taken, that nobody acknowledged or answered, rooms that were lost. */
  readonly troubles: readonly string[];
  /** What came, by source. */
  readonly logs: Readonly<Record<string, readonly Entry[]>>;
}

/** What the clients' program has seen. */
export interface LoadReport {
  readonly clients: readonly ClientReport[];
  readonly faults: readonly Fault[];
  /** Whose connection was reset, one after the other. */
  readonly victims: readonly number[];
}

/** What the server has seen. */
export interface ServerReport {
  /** The numbers that were handled, in that order, for each client; those with a key for the first time. */
  readonly handled: readonly (readonly number[])[];
  /** How many different keys these messages had. */
  readonly effects: number;
  /** How many messages were handled with the key of one that had been handled before: the same message. */
  readonly repeated: number;
  /** The last number of each source, by name; of `$inbox` with the number of the client behind it. */
  readonly published: Readonly<Record<string, number>>;
  /** What was wrong with keys, and what else failed. */
  readonly troubles: readonly string[];
  /** Figures of the server. */
  readonly stats: Readonly<Record<string, number>>;
}

/** By so much the numbers of one life of the server are above those of the life before. */
export const NUMBERS_PER_LIFE = 1_000_000;

/** The room of a client. */
export function roomOf(client: number, { rooms }: { readonly rooms: number }): string {
  return `room${client % rooms}`;
}

/** The source that passes on what another client sent. */
export function relayOf(client: number): string {
  return `from${client}`;
}

/** What stands in a message: its number, from which source it is, and perhaps ballast. */
export interface Content {
  readonly n: number;
  readonly source: string;
  readonly ballast?: string;
}

/** One message in so many is large, so that it is in several pieces on the wire. */
const LARGE_ONE_IN = 50;
const BALLAST = "ballast ".repeat(400);
/** One message in so many is bytes. */
const BYTES_ONE_IN = 10;

/** A message of a source. */
export function write(type: string, n: number, source: string): object | Uint8Array {
  const content: Content = n % LARGE_ONE_IN === 13 ? { n, source, ballast: BALLAST } : { n, source };
  return n % BYTES_ONE_IN === 7 ? new TextEncoder().encode(JSON.stringify(content)) : { type, data: content };
}

/** What stands in a message that was received. */
export function read(data: unknown): Content {
  return data instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(data)) : data as Content;
}
