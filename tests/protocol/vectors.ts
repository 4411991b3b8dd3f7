/**
 * Loads the test vectors of the protocol, which are data for implementations in any language, and gives them types.
 *
 * `vectors/README.md` says how to read the files.
 *
 * @module
 */

import type { Sendable } from "../../src/protocol/messages.ts";
import binaryFrames from "./vectors/binary_frames.json" with { type: "json" };
import clientExchanges from "./vectors/client_exchanges.json" with { type: "json" };
import closeCodes from "./vectors/close_codes.json" with { type: "json" };
import managedFrames from "./vectors/managed_frames.json" with { type: "json" };
import plainFrames from "./vectors/plain_frames.json" with { type: "json" };
import serverExchanges from "./vectors/server_exchanges.json" with { type: "json" };
import values from "./vectors/values.json" with { type: "json" };

/** A frame, as the files write it. */
export type Frame = { readonly text: string } | { readonly json: unknown } | { readonly hex: string };

/** A close frame, as the files write it. */
export interface Close {
  readonly close: number;
}

/** What is understood of a frame: a message, or bytes in hexadecimal digits. */
export type Understood = { readonly message: unknown } | { readonly bytes: string };

/** A frame, and what it means or what close code it deserves. */
export interface FrameVector {
  readonly name: string;
  readonly frame: Frame;
  readonly understood?: readonly Understood[];
  readonly close?: number;
}

/** A binary frame of `switchboard.v1`, taken apart. */
export interface BinaryVector {
  readonly name: string;
  readonly hex: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload?: string;
  readonly isWritten?: boolean;
  readonly close?: number;
}

/** A value of an application, and the frames that it becomes. */
export interface ValueVector {
  readonly name: string;
  readonly value: Frame;
  readonly plain?: Frame;
  readonly managed?: Frame;
  readonly refused?: string;
}

/** A close code. */
export interface CloseCodeVector {
  readonly code: number;
  readonly name: string | null;
  readonly maySend: boolean;
  readonly action: string;
}

/** A reason of a close. */
export interface ReasonVector {
  readonly name: string;
  readonly given: string;
  readonly sent: string;
}

/** What a client sends and a server answers. */
export interface ServerExchange {
  readonly name: string;
  readonly protocol: string | null;
  readonly origin?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly steps: readonly ServerStep[];
}

/** One step of a {@linkcode ServerExchange}. */
export type ServerStep =
  | { readonly client: Frame }
  | { readonly server: Frame | Close }
  | { readonly again: true }
  | { readonly send: Sendable }
  | { readonly broadcast: Sendable; readonly room?: string; readonly key?: string };

/** What a server sends and a client does. */
export interface ClientExchange {
  readonly name: string;
  readonly steps: readonly ClientStep[];
}

/** One step of a {@linkcode ClientExchange}. */
export type ClientStep =
  | { readonly server: Frame | Close }
  | { readonly client: Frame | Close }
  | { readonly understood: Understood }
  | { readonly send: Frame }
  | { readonly join: string }
  | { readonly joined: string }
  | { readonly cut: true }
  | { readonly recovery: Readonly<Record<string, unknown>> }
  | { readonly next: string; readonly retryAfterMs?: number };

/** All vectors, by what they are about. */
export const VECTORS: {
  readonly plainFrames: readonly FrameVector[];
  readonly managedFrames: readonly FrameVector[];
  readonly binaryFrames: readonly BinaryVector[];
  readonly values: readonly ValueVector[];
  readonly closeCodes: readonly CloseCodeVector[];
  readonly reasons: readonly ReasonVector[];
  readonly serverExchanges: readonly ServerExchange[];
  readonly clientExchanges: readonly ClientExchange[];
} = {
  plainFrames: plainFrames.frames,
  managedFrames: managedFrames.frames as readonly FrameVector[],
  binaryFrames: binaryFrames.frames as readonly BinaryVector[],
  values: values.values as readonly ValueVector[],
  closeCodes: closeCodes.codes,
  reasons: closeCodes.reasons,
  serverExchanges: serverExchanges.exchanges as readonly ServerExchange[],
  clientExchanges: clientExchanges.exchanges as readonly ClientExchange[],
};

/** The frame itself, as a socket takes it. */
export function toPayload(frame: Frame): string | Uint8Array<ArrayBuffer> {
  if ("text" in frame) return frame.text;
  return "hex" in frame ? Uint8Array.fromHex(frame.hex) : JSON.stringify(frame.json);
}

/** The value that an application sends. */
export function toValue(frame: Frame): unknown {
  return "json" in frame ? frame.json : toPayload(frame);
}

/** What was understood, in the form of the files. */
export function toUnderstood({ type, data, ...rest }: Readonly<Record<string, unknown>>): Understood {
  if (type === "binary" && data instanceof Uint8Array) return { bytes: data.toHex() };
  return { message: data === undefined ? { type, ...rest } : { type, data, ...rest } };
}

/**
 * What a frame looks like beside the one that was expected, and that one with the values in place of `<string>` and
 * `<number>`: equal where the frame is right.
 */
export function besides(frame: string | Uint8Array, expected: Frame): { actual: unknown; expected: unknown } {
  if ("hex" in expected) return { actual: typeof frame === "string" ? frame : frame.toHex(), expected: expected.hex };
  if ("text" in expected || typeof frame !== "string") return { actual: frame, expected: toPayload(expected) };
  const actual: unknown = JSON.parse(frame);
  return { actual: withoutOthers(actual, expected.json), expected: filled(expected.json, actual) };
}

/** Puts what stands in the same place of `actual` where a placeholder stands. */
function filled(expected: unknown, actual: unknown): unknown {
  if (expected === `<${typeof actual}>`) return actual;
  if (!isObject(expected) || !isObject(actual)) return expected;
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, filled(value, actual[key])]));
}

/** Leaves out, of a message of the protocol, the fields that nobody asked about. */
function withoutOthers(actual: unknown, expected: unknown): unknown {
  if (!isObject(actual) || !isObject(expected) || !String(expected.type).startsWith("$")) return actual;
  return Object.fromEntries(Object.entries(actual).filter(([key]) => key in expected));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
