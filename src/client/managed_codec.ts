/**
 * What stands in the frames of `switchboard.v1`, as a client writes and reads it. Pure.
 *
 * As the plain protocol's, it is smaller than the codec that servers use: whatever breaks the protocol is one error here.
 * Both are held to the same test vectors.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import type { Payload } from "../protocol/codec.ts";
import { type Sendable, SUBPROTOCOL, type WebSocketMessage } from "../protocol/messages.ts";
import { encodePlain } from "./plain_dialect.ts";

/** What the server said to the protocol beside messages of its application, such as `$room`: as it came. */
export type Reserved = WeakMap<WebSocketMessage, Readonly<Record<string, unknown>>>;

type Members = Readonly<Record<string, unknown>>;

const BAD_MESSAGE = 4400;

/**
 * Puts a message into a frame.
 *
 * @throws {TypeError} If it cannot be sent.
 */
export function encodeManaged(given: Sendable): Payload {
  const value = written(given);
  const plain = typeof value === "string" ? JSON.stringify(value) : encodePlain(value);
  if (typeof plain !== "string") {
    // Bytes stand behind a header, which is empty: two bytes of its length.
    const frame = new Uint8Array(2 + plain.length);
    frame.set(plain, 2);
    return frame;
  }
  const isMessage = hasType(value);
  if (isMessage && isOurs(value.type)) throw new TypeError(`Cannot send "${value.type}": "$" is the protocol's`);
  return isMessage && !reservedNames(value)[0] ? plain : `{"type":"$value","data":${plain}}`;
}

/** Says beside a message, in its frame, that its sender waits for the acknowledgement. */
export function askForAck(frame: Payload): Payload {
  const member = '"$ack":true}';
  if (typeof frame === "string") return `${frame.slice(0, -1)},${member}`;
  // Of bytes the header is empty so far.
  const header = new TextEncoder().encode(`{${member}`);
  const whole = new Uint8Array(header.length + frame.length);
  whole.set([0, header.length, ...header]);
  whole.set(frame.subarray(2), 2 + header.length);
  return whole;
}

/** What JSON.stringify would write: called here, so that the type that is checked is the type that is sent. */
function written(given: Sendable): Sendable {
  const form = given as { toJSON?(key: string): Sendable } | null | undefined;
  return ArrayBuffer.isView(given) || typeof form?.toJSON !== "function" ? given : form.toJSON("");
}

/**
 * Takes a frame apart: messages of the application and of the protocol, in their order. What was said to the protocol
 * beside a message of the application is taken out of it, and put into `reserved`.
 *
 * @throws {ProtocolError} If the frame breaks the protocol. Then nothing of it counts.
 */
export function decodeManaged(frame: Payload, reserved: Reserved): readonly WebSocketMessage[] {
  if (typeof frame === "string") return [parse(frame)].flat().map((value) => decodeMessage(value, reserved));
  // Of a frame that is too short the length is 0, and the header is not whole.
  const end = 2 + (frame[0]! << 8 | frame[1]!);
  if (frame.length < end) throw breach();
  const header = end > 2 ? parse(() => new TextDecoder("utf-8", { fatal: true }).decode(frame.subarray(2, end))) : {};
  if (!isRecord(header)) throw breach();
  return [setApart(header, { type: "binary", data: frame.subarray(end) }, reserved)];
}

/** Whether the type of a message, or the name of a member, is the protocol's. */
export function isOurs(name: string): boolean {
  return name[0] === "$";
}

/** Takes one message, as it stands in a frame, for what it is. */
export function decodeMessage(value: unknown, reserved: Reserved): WebSocketMessage {
  if (!hasType(value)) throw breach();
  const { type, data } = value;
  if (!isOurs(type)) return setApart(value, value, reserved);
  if (type === "$value") return setApart(value, applicationValue(data), reserved);
  if (SHAPES.get(type)?.(value) === false) throw breach();
  return value;
}

/** Gives `message` what the protocol finds beside it in `whole`. */
function setApart(whole: Record<string, unknown>, message: WebSocketMessage, reserved: Reserved): WebSocketMessage {
  const names = reservedNames(whole);
  if (names[0]) {
    reserved.set(message, Object.fromEntries(names.map((name) => [name, whole[name]])));
    for (const name of names) delete whole[name];
  }
  return message;
}

function reservedNames(whole: object): readonly string[] {
  return Object.keys(whole).filter(isOurs);
}

function applicationValue(data: unknown): WebSocketMessage {
  if (hasType(data) && !isOurs(data.type)) return data;
  return { type: "text", data: typeof data === "string" ? data : guard(() => JSON.stringify(data ?? null)) };
}

function parse(text: string | (() => string)): unknown {
  return guard(() => JSON.parse(typeof text === "string" ? text : text()));
}

/** Runs what throws where a frame breaks the protocol. */
function guard<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    throw breach({ cause });
  }
}

/** The error of a server that breaks the protocol. */
export function breach(options?: ErrorOptions): ProtocolError {
  return new ProtocolError(`Cannot read a frame as it breaks ${SUBPROTOCOL}`, BAD_MESSAGE, options);
}

function hasType(value: unknown): value is WebSocketMessage {
  return isRecord(value) && isText(value.type);
}

// deno-lint-ignore no-explicit-any -- what it holds is looked at next
function isRecord(value: unknown): value is Record<string, any> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isId(value: unknown): boolean {
  return isText(value) ? value.length <= 128 : Number.isSafeInteger(value);
}

function isDuration(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function isNumber(value: unknown): boolean {
  return isDuration(value) && Number.isSafeInteger(value);
}

function isCount(value: unknown): boolean {
  return isNumber(value) && value !== 0;
}

function isEpoch(value: unknown): boolean {
  return isText(value) && value.length <= 64;
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

/** Whether a member is absent or as it must be. */
function maybe(value: unknown, check: (value: unknown) => boolean): boolean {
  return value === undefined || check(value);
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 32 && value.every(isText);
}

function isLiveness(value: unknown): boolean {
  return isRecord(value) && isDuration(value.intervalMs) && isDuration(value.timeoutMs);
}

function isSession(value: unknown): boolean {
  return isRecord(value) && isText(value.secret) && isDuration(value.windowMs);
}

function isRecovery(value: unknown): boolean {
  return isRecord(value) && maybe(value.epoch, isEpoch) && maybe(value.offset, isNumber) &&
    maybe(value.recovered, isFlag) && maybe(value.reason, isText);
}

function areRecoveries(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isRecovery);
}

/** What must be in the messages of servers; those that are not here are taken as they are. */
const SHAPES: ReadonlyMap<string, (message: Members) => boolean> = /* @__PURE__ */ new Map<
  string,
  (message: Members) => boolean
>([
  [
    "$welcome",
    (message) =>
      isText(message.id) && isFlag(message.resumed) && isNames(message.features) && isLiveness(message.heartbeat) &&
      isDuration(message.maxMessageBytes) && maybe(message.maxFrameMessages, isCount) &&
      maybe(message.expiresInMs, isDuration) && maybe(message.session, isSession) &&
      maybe(message.received, isNumber) && maybe(message.next, isCount) && maybe(message.rooms, areRecoveries),
  ],
  ["$refused", ({ code, retryAfterMs }) => isText(code) && maybe(retryAfterMs, isDuration)],
  ["$ack", ({ n }) => isNumber(n)],
  ["$reply", (message) => isId(message.id) && isRecovery(message)],
  [
    "$error",
    ({ id, error }) => maybe(id, isId) && isRecord(error) && isText(error.code) && isText(error.message),
  ],
  ["$left", ({ room, code }) => isText(room) && isText(code)],
  ["$joined", (message) => isText(message.room) && isRecovery(message)],
  [
    "$skipped",
    ({ room, epoch, offset, reason }) => isText(room) && isEpoch(epoch) && isNumber(offset) && isText(reason),
  ],
  ["$cancel", ({ id }) => isId(id)],
  ["$advice", ({ retryAfterMs }) => isDuration(retryAfterMs)],
]);
