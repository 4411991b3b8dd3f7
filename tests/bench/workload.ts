/**
 * What the servers under test and the load generator must agree on: the messages, byte for byte.
 *
 * This file is pure.
 *
 * @module
 */

/** Application data that brings {@linkcode MESSAGE} to 64 bytes. */
export const DATA = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The message that is echoed, and the one that every receiver of a broadcast gets. */
export const MESSAGE = JSON.stringify({ type: "message", data: DATA });

/** Asks a server to send {@linkcode MESSAGE} to all of its peers, the asking one too. */
export const BROADCAST_REQUEST = JSON.stringify({ type: "broadcast", data: DATA });

/** A request to a typed handler that answers with the data that it gets. */
export const REQUEST = JSON.stringify({ type: "echo", data: DATA.slice(5), id: 7 });

/** Its answer, of the same 64 bytes as the message. */
export const REPLY = JSON.stringify({ type: "reply", id: 7, data: DATA.slice(5) });

/** Length of {@linkcode MESSAGE}, which is ASCII. */
export const MESSAGE_BYTES = 64;

/** Where servers take upgrades. */
export const PATH = "/ws";

/** The room of this number, in which the benchmark's peers are. */
export function roomName(number: number): string {
  return `room/${number}`;
}

for (const text of [MESSAGE, REPLY]) {
  if (text.length !== MESSAGE_BYTES) throw new Error(`The benchmark's message has ${text.length} bytes: ${text}`);
}
