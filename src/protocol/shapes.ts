/**
 * The shapes of our own messages, as a table: what must be in each for it to be taken. Pure.
 *
 * @module
 */

type Message = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

/** Checks of one message type; a `?` behind a name says that the field may be absent. */
type Shape = Readonly<Record<string, readonly [check: Check, must: string]>>;

const ID: readonly [Check, string] = [
  (value) => typeof value === "string" ? value.length <= 128 : Number.isSafeInteger(value),
  "a string of at most 128 characters or a whole number",
];
const TEXT: readonly [Check, string] = [(value) => typeof value === "string", "a string"];
const DURATION: readonly [Check, string] = [
  (value) => typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER,
  "a number of milliseconds, 0 or more",
];
const NAMES: readonly [Check, string] = [
  (value) => Array.isArray(value) && value.length <= 32 && value.every((each) => typeof each === "string"),
  "an array of at most 32 strings",
];
/** The longest epoch and the longest name of a stream, in characters: they are kept. */
const MAX_KEY_LENGTH = 64;
/** Positions in one message. */
const MAX_POSITIONS = 1024;
const KEY: readonly [Check, string] = [
  (value) => typeof value === "string" && value.length <= MAX_KEY_LENGTH,
  `a string of at most ${MAX_KEY_LENGTH} characters`,
];
const NUMBER: readonly [Check, string] = [
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  "a whole number, 0 or more",
];
const COUNT: readonly [Check, string] = [
  (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  "a whole number, 1 or more",
];
const POSITION: readonly [Check, string] = [
  (value) => isObject(value) && KEY[0](value.epoch) && NUMBER[0](value.offset),
  "an object with an epoch and an offset",
];
const BOOLEAN: readonly [Check, string] = [(value) => typeof value === "boolean", "true or false"];

const RECOVERY: Shape = { "epoch?": KEY, "offset?": NUMBER, "recovered?": BOOLEAN, "reason?": TEXT };
const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ["$hello", {
    "features?": NAMES,
    "client?": TEXT,
    "token?": TEXT,
    "stream?": KEY,
    "next?": COUNT,
    "received?": NUMBER,
    "resume?": [
      (value) => isObject(value) && TEXT[0](value.id) && TEXT[0](value.secret),
      "an object with id and secret",
    ],
    "positions?": [
      (value) => isObject(value) && isEach(value, MAX_POSITIONS, POSITION[0]),
      `an object of at most ${MAX_POSITIONS} positions`,
    ],
  }],
  ["$welcome", {
    id: TEXT,
    resumed: BOOLEAN,
    features: NAMES,
    heartbeat: [
      (value) => isObject(value) && DURATION[0](value.intervalMs) && DURATION[0](value.timeoutMs),
      "an object with intervalMs and timeoutMs",
    ],
    maxMessageBytes: DURATION,
    "maxFrameMessages?": COUNT,
    "expiresInMs?": DURATION,
    "session?": [
      (value) => isObject(value) && TEXT[0](value.secret) && DURATION[0](value.windowMs),
      "an object with secret and windowMs",
    ],
    "received?": NUMBER,
    "next?": COUNT,
    "rooms?": [
      (value) => isObject(value) && isEach(value, Infinity, isRecovery),
      "an object of what became of positions",
    ],
  }],
  ["$refused", { code: TEXT, "retryAfterMs?": DURATION }],
  ["$ping", {}],
  ["$pong", {}],
  ["$ack", { n: NUMBER }],
  ["$reply", { id: ID, ...RECOVERY }],
  ["$error", {
    "id?": ID,
    error: [
      (value) => isObject(value) && TEXT[0](value.code) && TEXT[0](value.message),
      "an object with code and message",
    ],
  }],
  ["$join", { id: ID, room: TEXT, "since?": POSITION }],
  ["$leave", { id: ID, room: TEXT }],
  ["$joined", { room: TEXT, ...RECOVERY }],
  ["$left", { room: TEXT, code: TEXT }],
  ["$skipped", { room: TEXT, epoch: KEY, offset: NUMBER, reason: TEXT }],
  ["$history", { id: ID, room: TEXT, "since?": POSITION, "limit?": COUNT }],
  ["$cancel", { id: ID }],
  ["$credentials", { id: ID, token: TEXT }],
  ["$advice", { retryAfterMs: DURATION }],
]);

/**
 * Checks one of our messages. Returns what is wrong, `undefined` when nothing is. A type that the table does not know
 * passes: it is ignored by whoever gets it, so that the protocol can grow.
 */
export function checkControl(
  message: Readonly<Record<string, unknown>> & { readonly type: string },
): string | undefined {
  const shape = SHAPES.get(message.type);
  return shape === undefined ? undefined : checkShape(message, shape, message.type);
}

function checkShape(message: Message, shape: Shape, type: string): string | undefined {
  for (const [name, [check, must]] of Object.entries(shape)) {
    const isOptional = name.endsWith("?");
    const field = isOptional ? name.slice(0, -1) : name;
    const value = message[field];
    if (value === undefined && isOptional) continue;
    if (!check(value)) return `"${field}" of "${type}" is ${must}`;
  }
  return undefined;
}

/** The types of our messages that have a shape here. */
export function controlTypes(): readonly string[] {
  return [...SHAPES.keys()];
}

function isRecovery(value: unknown): boolean {
  return isObject(value) && checkShape(value, RECOVERY, "") === undefined;
}

function isEach(object: Message, limit: number, check: Check): boolean {
  const values = Object.values(object);
  return values.length <= limit && values.every(check);
}

function isObject(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
