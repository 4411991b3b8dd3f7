/**
 * Reads the log of a room.
 *
 * @module
 */

import type { Recovery, RoomHistory } from "../protocol/messages.ts";
import type { Asker } from "./asker.ts";
import type { HistoryOptions } from "./conversation_types.ts";
import type { Shared } from "./shared.ts";

/** The answer, as it stands on the wire. */
interface Answer extends Recovery {
  readonly messages: readonly {
    readonly offset: number;
    readonly message?: unknown;
    readonly base64?: string;
  }[];
}

/** Asks for what stands in the log of a room. */
export async function readHistory(
  { core, closedError, decodeMessage, reserved }: Shared,
  asker: Asker,
  room: string,
  { since, limit }: HistoryOptions = {},
): Promise<RoomHistory> {
  if (!core.connection?.isOpen) throw closedError();
  const answer = await asker.ask({ type: "$history", room, since, limit }) as Answer;
  const messages = answer.messages.map(({ offset, message, base64 }) => ({
    offset,
    message: base64 === undefined ? decodeMessage(message, reserved) : { type: "binary", data: bytesOf(base64) },
  }));
  return { ...answer, messages };
}

function bytesOf(base64: string): Uint8Array {
  // Not Uint8Array.fromBase64(), which browsers of 2024 do not have.
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
