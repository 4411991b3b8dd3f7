/**
 * Takes what a page sent and makes it safe to work with: of known types only, cut, and without characters that hide or
 * turn around what stands next to them. A page can be anybody's program, so nothing of it is believed.
 *
 * Text is not escaped here: it stays what was typed, and the page shows it as text.
 */

import type { WebSocketMessage } from "@switchboard/websocket";
import type { PageMessage, Place } from "./messages.ts";

/** The longest name of a person or a room, in characters. */
export const MAX_NAME_LENGTH = 40;

/** The longest text of one line, in characters. */
export const MAX_TEXT_LENGTH = 2_000;

/** How many rooms one person can be in. */
export const MAX_ROOMS_PER_PERSON = 20;

/** Reads one message; `undefined` when it is none of ours, or lacks what it needs. */
export function readMessage({ type, data }: WebSocketMessage): PageMessage | undefined {
  switch (type) {
    case "enter": {
      const rooms = Array.isArray(data?.rooms) ? data.rooms.slice(0, MAX_ROOMS_PER_PERSON) : [];
      const key = typeof data?.key === "string" ? data.key.slice(0, 100) : "";
      return { type, data: { name: cleanName(data?.name), key, rooms: rooms.map(cleanName).filter(Boolean) } };
    }
    case "join":
    case "leave": {
      const room = cleanName(data?.room);
      return room === "" ? undefined : { type, data: { room } };
    }
    case "say": {
      const place = readPlace(data?.place);
      // A program that needs no answer may leave the nonce out.
      const nonce = /^[\w-]{1,40}$/.test(data?.nonce) ? String(data.nonce) : crypto.randomUUID();
      return place === undefined ? undefined : { type, data: { place, text: cleanText(data.text), nonce } };
    }
    case "typing": {
      const place = readPlace(data?.place);
      return place === undefined ? undefined : { type, data: { place } };
    }
    default:
      return undefined;
  }
}

/** A name as it is shown: one line, nothing invisible, no direction marks, not longer than it may be. `""` when nothing is left. */
export function cleanName(value: unknown): string {
  if (typeof value !== "string") return "";
  const visible = value
    .slice(0, 8 * MAX_NAME_LENGTH)
    .toWellFormed()
    .normalize("NFC")
    .replace(/\s+/gu, " ")
    // Joiners and the emoji selector are needed inside of words and emoji; direction marks, fillers and the like are not.
    .replace(/\p{Cc}|(?![\u200c\u200d\ufe0f])\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/(\p{M}{3})\p{M}+/gu, "$1");
  const name = cut(visible.trim(), MAX_NAME_LENGTH).trim();
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(name) ? name : "";
}

/** What two names have in common that must not stand side by side: "ann" and "Ann" are one person. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function cleanText(value: unknown): string {
  if (typeof value !== "string") return "";
  const lines = value.toWellFormed().replace(/\r\n?/g, "\n");
  const text = lines.replace(/(?![\n\t])\p{Cc}/gu, "").replace(/\n{3,}/g, "\n\n");
  return cut(text.trim(), MAX_TEXT_LENGTH).trim();
}

function readPlace(value: { room?: unknown; person?: unknown } | undefined | null): Place | undefined {
  const room = cleanName(value?.room);
  if (room !== "") return { room };
  const person = cleanName(value?.person);
  return person === "" ? undefined : { person };
}

/** Cuts at a whole character, never in the middle of one. */
function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : [...text].slice(0, maxLength).join("");
}
