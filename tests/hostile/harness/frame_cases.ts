/**
 * The kinds of cases that tables of frames are made of, and the frames that several of them need.
 *
 * @module
 */

import { all, type Expectation } from "./expectations.ts";
import { type Answer, broken, endedLocally, heard } from "./frame_expectations.ts";
import { concat, encodeFrame, type FrameOptions, OPCODE, textFrame } from "./frames.ts";
import type { HostileCase, TransportName } from "./hostile_case.ts";
import { observed, type ObservedOptions, type Step } from "./observation.ts";

/** One expectation where the transports agree, else one for each. */
export type Expected = Expectation | Readonly<Record<TransportName, Expectation>>;

/** The handler of closes was told that the peer left in good order. */
export const LEFT = endedLocally({ code: 1000, wasClean: true, reason: "" });
/** The handlers heard no message, and that the connection broke. */
export const LOST = all(heard(), endedLocally({ code: 1006, wasClean: false, hasError: true }));
/** The handlers heard no message, and that the peer was silent for too long. */
export const SILENT = all(heard(), endedLocally({ code: 4408, wasClean: false }));

/** Steps that break RFC 6455. */
export function breaking(id: string, title: string, ...steps: readonly Step[]): HostileCase {
  return observed(id, title, steps, broken(1002));
}

/** Steps after which the connection is still served: what comes back, and what the handler hears. */
export function lawful(
  id: string,
  title: string,
  steps: readonly Step[],
  ...expectations: readonly Expectation[]
): HostileCase {
  return observed(id, title, steps, all(...expectations, LEFT));
}

/** Steps that end the connection, so that no probe follows. */
export function ending(
  id: string,
  title: string,
  steps: readonly Step[],
  expect: Expected,
  options: ObservedOptions = {},
): HostileCase {
  return observed(id, title, steps, expect, { ...options, isProbed: false });
}

/** A frame that is not a text message. */
export function frame(
  opcode: number,
  payload: Uint8Array | string = "",
  options: Partial<FrameOptions> = {},
): Uint8Array {
  return encodeFrame({ opcode, payload, ...options });
}

/** The first part of a fragmented message, or one in the middle. */
export function part(opcode: number, payload: Uint8Array | string = ""): Uint8Array {
  return encodeFrame({ opcode, payload, isFinal: false });
}

/** The last part of a fragmented message. */
export function lastPart(payload: Uint8Array | string = ""): Uint8Array {
  return encodeFrame({ opcode: OPCODE.continuation, payload });
}

/** The header of a text frame that announces so many bytes. */
export function announcing(announcedLength: number | bigint): Uint8Array {
  return textFrame("", { lengthBits: 64, announcedLength });
}

/** The same frame so many times in one write. */
export function repeated(count: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(count * bytes.length);
  for (let index = 0; index < count; index++) all.set(bytes, index * bytes.length);
  return all;
}

/** A frame with a large payload. The mask changes nothing, which saves the time to apply it. */
export function large(opcode: number, size: number, options: Partial<FrameOptions> = {}): Uint8Array {
  const header = encodeFrame({ opcode, mask: [0, 0, 0, 0], announcedLength: size, ...options });
  return concat(header, new Uint8Array(size).fill(0x61));
}

/** A pong as an answer. */
export function pong(payload: Uint8Array | string): Answer {
  return { opcode: OPCODE.pong, payload: typeof payload === "string" ? new TextEncoder().encode(payload) : payload };
}

/** A binary message as an answer. */
export function binary(payload: Uint8Array = new Uint8Array()): Answer {
  return { opcode: OPCODE.binary, payload };
}
