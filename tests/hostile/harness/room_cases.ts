/**
 * What the tables of inputs to rooms share: wishes and messages as texts, and cases of them for each kind of peer.
 *
 * @module
 */

import { all, type Expectation, fact } from "./expectations.ts";
import { LEFT } from "./frame_cases.ts";
import { answered, heardAndFailed } from "./frame_expectations.ts";
import { concat, textFrame, textOf } from "./frames.ts";
import type { HostileCase, Target } from "./hostile_case.ts";
import { observed } from "./observation.ts";
import type { RawPeer } from "./raw_peer.ts";
import { message, type WireFault } from "./wording.ts";

/** `maxFrameMessages` by default. */
export const MAX_FRAME_MESSAGES = 1_024;

/** A server with rooms. */
export const ROOMS = { configuration: "rooms" } as const;
/** The same, for a managed peer. */
export const ROOMS_MANAGED = { ...ROOMS, isManaged: true } as const;

/** A wish to join. */
export function join(id: number | string, room: unknown, data?: unknown): string {
  return message("$join", { id, room, data });
}

/** A wish to leave. */
export function leave(id: number | string, room: unknown): string {
  return message("$leave", { id, room });
}

/** A plain peer's message whose handler calls `connection.join` or `connection.leave`. */
export function enter(id: number, room: unknown, type: "enter" | "exit" = "enter"): string {
  return message(type, { id, data: room });
}

/** Messages of a managed peer, and what comes back. The handlers hear nothing, and see so many errors. */
export function wishes(
  id: string,
  title: string,
  texts: readonly string[],
  answers: readonly string[],
  errors = 0,
): HostileCase {
  return observed(
    `${id}m`,
    `${title}, managed`,
    texts.map((text) => textFrame(text)),
    all(answered(...answers), heardAndFailed(errors), LEFT),
    ROOMS_MANAGED,
  );
}

/** The same for a plain peer, whose messages are handled. */
export function calls(
  id: string,
  title: string,
  texts: readonly string[],
  answers: readonly string[],
  errors = 0,
): HostileCase {
  return observed(
    `${id}p`,
    `${title}, plain`,
    texts.map((text) => textFrame(text)),
    all(answered(...answers), failed(errors), LEFT),
    ROOMS,
  );
}

/** So many errors reached the application, whatever the handlers heard. */
export function failed(errors: number): Expectation {
  return fact("errors", errors);
}

/** Texts in as few frames of a managed peer as their number allows. */
export function bundled(texts: readonly string[]): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let first = 0; first < texts.length; first += MAX_FRAME_MESSAGES) {
    frames.push(textFrame(`[${texts.slice(first, first + MAX_FRAME_MESSAGES).join(",")}]`));
  }
  return concat(...frames);
}

/** What came back, by kind: replies, and errors by their code. */
export async function tally(peer: RawPeer, count: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let got = 0; got < count; got++) {
    const frame = await peer.nextFrame();
    if (frame === undefined) break;
    const { type, error } = JSON.parse(textOf(frame)) as { type: string; error?: WireFault };
    const kind = error === undefined ? type : error.code;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What became of the wish to be in a room, as its rule and its hooks saw it. */
export function visits(target: Target): string[] {
  return target.events().flatMap(({ kind, detail }) => kind === "room" ? [`${detail["what"]}`] : []);
}

/** A gate of the case's own. */
export function gateOf(target: Target): string {
  return target.path.slice(target.path.lastIndexOf("=") + 1);
}

/** The next text that a peer gets; `""` when there is none. */
export async function textFrom(peer: RawPeer): Promise<string> {
  const frame = await peer.nextFrame();
  return frame === undefined ? "" : textOf(frame);
}
