/**
 * Between application values and what stands in a frame, for plain and for managed peers. Pure.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { type Sendable, SUBPROTOCOL, type WebSocketMessage } from "./messages.ts";
import { checkControl } from "./shapes.ts";

/** What a frame carries: text for a text frame, bytes for a binary one. */
export type Payload = string | Uint8Array<ArrayBuffer>;

/** Close code 4400: a number in place of the object CloseCode, which would bring all its names into every page. */
const BAD_MESSAGE = 4400;
const DOLLAR = 0x24;
const BRACE = 0x7b;
const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true });

/** Where a decoded message keeps what stood beside it for the protocol: no name that an application can meet. */
const RESERVED = Symbol("reserved");

/** Whether a message type, or the name of a member beside it, is one of ours. */
export function isControlType(type: string): boolean {
  return type.charCodeAt(0) === DOLLAR;
}

/**
 * What a managed peer said to the protocol beside a message of its application, such as `$room` or `$timeoutMs`:
 * unchecked, as it came. `undefined` where there was nothing. {@linkcode decodeManaged} has taken it out of the message;
 * a copy of the message does not have it.
 */
export function reservedOf(message: object): Readonly<Record<string, unknown>> | undefined {
  return (message as { readonly [RESERVED]?: Readonly<Record<string, unknown>> })[RESERVED];
}

/**
 * Encodes a value for a plain peer: strings and bytes as they are, everything else as JSON.
 *
 * @throws {TypeError} If the value cannot be sent.
 */
export function encodePlain(value: Sendable): Payload {
  if (typeof value === "string") return value;
  return bytesOf(value) ?? jsonOf(written(value));
}

/**
 * Encodes a value for a managed peer: an object with a `type` as it is, unless it has members that begin with `$`; that
 * and any other value inside a `$value`; bytes behind an empty header.
 *
 * @param json What {@linkcode encodePlain} made of it, where it is neither text nor bytes and that is known.
 * @throws {TypeError} If the value cannot be sent.
 */
export function encodeManaged(value: Sendable, json?: Payload): Payload {
  if (typeof value === "string") return `{"type":"$value","data":${JSON.stringify(value)}}`;
  const bytes = bytesOf(value);
  if (bytes !== undefined) return encodeBinary(bytes);
  const inner = written(value);
  const whole = json ?? jsonOf(inner);
  return hasType(inner) && !hasReserved(inner) ? whole : `{"type":"$value","data":${whole}}`;
}

/** Puts bytes behind the header that a managed binary frame begins with: its length in two bytes, then JSON. */
export function encodeBinary(bytes: Uint8Array, header?: object): Uint8Array<ArrayBuffer> {
  const head = header === undefined ? new Uint8Array(0) : encoder.encode(JSON.stringify(header));
  if (head.length > 0xffff) {
    throw new RangeError(
      `Cannot encode a binary frame as its header must be at most 65535 bytes: it is ${head.length}`,
    );
  }
  const frame = new Uint8Array(2 + head.length + bytes.length);
  frame[0] = head.length >> 8;
  frame[1] = head.length & 0xff;
  frame.set(head, 2);
  frame.set(bytes, 2 + head.length);
  return frame;
}

/** What a managed binary frame held. */
export interface BinaryFrame {
  /** The header; `{}` when it was empty. */
  readonly header: Readonly<Record<string, unknown>>;
  /** The application's bytes: a view on the frame, not a copy. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/**
 * Takes a managed binary frame apart.
 *
 * @throws {ProtocolError} If it has no whole header, or the header is not a JSON object.
 */
export function decodeBinary(frame: Uint8Array<ArrayBuffer>): BinaryFrame {
  if (frame.length < 2) throw badMessage("a binary frame begins with the length of its header in two bytes");
  const end = 2 + ((frame[0]! << 8) | frame[1]!);
  if (end > frame.length) throw badMessage("the header of a binary frame ends within the frame");
  if (end === 2) return { header: {}, payload: frame.subarray(2) };
  const header = parse(() => decoder.decode(frame.subarray(2, end)));
  if (!isObject(header)) throw badMessage("the header of a binary frame is a JSON object");
  return { header, payload: frame.subarray(end) };
}

/**
 * Decodes a text frame of a plain peer. A JSON object with a string `type` that is not one of ours is handed on whole;
 * any other text, whatever it is, becomes `{ type: "text", data }`. Never throws.
 */
export function decodePlain(text: string): WebSocketMessage {
  if (mayBeObject(text)) {
    try {
      const value: unknown = JSON.parse(text);
      if (hasType(value) && value.type.charCodeAt(0) !== DOLLAR) return value;
    } catch {
      // Not JSON: then it is text, which every plain peer may send.
    }
  }
  return { type: "text", data: text };
}

/**
 * Decodes a text frame of a managed peer: one message or an array of messages, those of ours checked for their shape.
 * A `$value` becomes what a plain peer's frame with that value would have become. Members of an application's message
 * that begin with `$` are taken out of it: {@linkcode reservedOf} has them.
 *
 * @param maxMessages How many messages there may be.
 * @throws {ProtocolError} If the frame is anything else.
 */
export function decodeManaged(text: string, maxMessages: number = Infinity): readonly WebSocketMessage[] {
  const value = parse(() => text);
  if (!Array.isArray(value)) return [decodeMessage(value)];
  if (value.length > maxMessages) throw badMessage(`a frame holds at most ${maxMessages} messages`);
  return value.map(decodeMessage);
}

/** What an application gets for bytes. {@linkcode reservedOf} has what stood in the header of their frame. */
export function binaryMessage(bytes: Uint8Array<ArrayBuffer>, header: BinaryFrame["header"] = {}): WebSocketMessage {
  const message = { type: "binary", data: bytes };
  return hasReserved(header) ? setApart({ ...header }, message) : message;
}

/**
 * Gives a value the form of bytes, if it is bytes.
 *
 * @throws {TypeError} If it is a Blob, whose bytes can only be had by waiting, or a promise.
 */
export function bytesOf(value: Sendable): Uint8Array<ArrayBuffer> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.getPrototypeOf(value) === Object.prototype) return undefined; // what nearly every message is
  if (value instanceof Uint8Array) return value as Uint8Array<ArrayBuffer>;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof Blob) {
    throw new TypeError("Cannot send a Blob as its bytes are not at hand: send await blob.bytes()");
  }
  if (value instanceof Promise) throw new TypeError("Cannot send a promise as its value is not at hand: await it");
  return undefined;
}

/**
 * The value that JSON.stringify would write, checked for a type that is ours.
 *
 * @throws {TypeError} If it has such a type.
 */
export function written(given: unknown): unknown {
  // What JSON.stringify would call is called here, so that the type that is checked is the type that is sent.
  const value = hasToJson(given) ? given.toJSON("") : given;
  if (hasType(value) && isControlType(value.type)) {
    throw new TypeError(
      `Cannot send a message of type "${
        value.type.slice(0, 100)
      }" as types that begin with "$" belong to the protocol: ` +
        "choose another type",
    );
  }
  return value;
}

function jsonOf(value: unknown): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) {
    throw new TypeError(`Cannot send a ${typeof value} as it has no JSON form: send a string, bytes or a JSON value`);
  }
  return json;
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return typeof value === "object" && value !== null && typeof (value as { toJSON?: unknown }).toJSON === "function";
}

function decodeMessage(value: unknown): WebSocketMessage {
  if (!hasType(value)) throw badMessage('every message is an object with a string "type"');
  if (!isControlType(value.type)) return hasReserved(value) ? setApart(value, value) : value;
  if (value.type === "$value") {
    const message = applicationValue(value.data);
    return hasReserved(value) ? setApart(value, message) : message;
  }
  const problem = checkControl(value);
  if (problem !== undefined) throw badMessage(problem);
  return value;
}

/** Whether a message has members of the protocol. Looked at for every message, so it makes nothing. */
function hasReserved(message: object): boolean {
  for (const name in message) if (name.charCodeAt(0) === DOLLAR) return true;
  return false;
}

/** Takes the members of the protocol out of what stood in the frame, and ties them to the application's message. */
function setApart(whole: Record<string, unknown>, message: WebSocketMessage): WebSocketMessage {
  const reserved: Record<string, unknown> = {};
  for (const name in whole) {
    if (name.charCodeAt(0) !== DOLLAR) continue;
    reserved[name] = whole[name];
    delete whole[name];
  }
  // Not enumerable: what the application copies, compares or sends on does not have it.
  return Object.defineProperty(message, RESERVED, { value: reserved });
}

function applicationValue(data: unknown): WebSocketMessage {
  if (hasType(data) && !isControlType(data.type)) return data;
  if (typeof data === "string") return { type: "text", data };
  try {
    return { type: "text", data: JSON.stringify(data ?? null) };
  } catch (cause) {
    throw badMessage('the data of a "$value" is nested no deeper than it can be written again', { cause });
  }
}

function parse(text: () => string): unknown {
  try {
    return JSON.parse(text());
  } catch (cause) {
    throw badMessage("a frame is JSON in UTF-8", { cause });
  }
}

function badMessage(rule: string, options?: ErrorOptions): ProtocolError {
  return new ProtocolError(
    `Cannot read a frame as it breaks ${SUBPROTOCOL}: ${rule}`,
    BAD_MESSAGE,
    options,
  );
}

function hasType(value: unknown): value is WebSocketMessage {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a text can be a JSON object at all: its first character that is no white space is a brace. */
function mayBeObject(text: string): boolean {
  let at = 0;
  let unit = text.charCodeAt(at);
  while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) unit = text.charCodeAt(++at);
  return unit === BRACE;
}
