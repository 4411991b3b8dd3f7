/**
 * Reads the log of a room. Loaded when it is first asked for.
 *
 * @module
 */

import type { Recovery, WebSocketMessage } from "../protocol/messages.ts";
import type { Asker } from "./asker.ts";
import type { HistoryOptions, RoomHistory } from "./conversation_types.ts";

/** The answer, as it stands on the wire. */
interface Answer extends Recovery {
  readonly messages: readonly {
    readonly offset: number;
    readonly message?: unknown;
    readonly base64?: string;
  }[];
}

/** Asks for what stands in the log of a room. `decode` makes what the application gets of a message. */
export async function readHistory(
  asker: Asker,
  decode: (message: unknown) => WebSocketMessage,
  room: string,
  { since, limit }: HistoryOptions = {},
): Promise<RoomHistory> {
  const answer = await asker.ask({ type: "$history", room, since, limit }) as Answer;
  const messages = answer.messages.map(({ offset, message, base64 }) => ({
    offset,
    message: base64 === undefined ? decode(message) : { type: "binary", data: bytesOf(base64) },
  }));
  return { ...answer, messages };
}

function bytesOf(base64: string): Uint8Array {
  // Not Uint8Array.fromBase64(), which browsers of 2024 do not have.
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
