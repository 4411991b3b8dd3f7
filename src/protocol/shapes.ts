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
const BOOLEAN: readonly [Check, string] = [(value) => typeof value === "boolean", "true or false"];

const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ["$hello", { "features?": NAMES, "client?": TEXT, "token?": TEXT }],
  ["$welcome", {
    id: TEXT,
    resumed: BOOLEAN,
    features: NAMES,
    heartbeat: [
      (value) => isObject(value) && DURATION[0](value.intervalMs) && DURATION[0](value.timeoutMs),
      "an object with intervalMs and timeoutMs",
    ],
    maxMessageBytes: DURATION,
    "expiresInMs?": DURATION,
  }],
  ["$refused", { code: TEXT, "retryAfterMs?": DURATION }],
  ["$ping", {}],
  ["$pong", {}],
  ["$reply", { id: ID }],
  ["$error", {
    "id?": ID,
    error: [
      (value) => isObject(value) && TEXT[0](value.code) && TEXT[0](value.message),
      "an object with code and message",
    ],
  }],
  ["$join", { id: ID, room: TEXT }],
  ["$leave", { id: ID, room: TEXT }],
  ["$left", { room: TEXT, code: TEXT }],
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
  if (shape === undefined) return undefined;
  for (const [name, [check, must]] of Object.entries(shape)) {
    const isOptional = name.endsWith("?");
    const field = isOptional ? name.slice(0, -1) : name;
    const value = message[field];
    if (value === undefined && isOptional) continue;
    if (!check(value)) return `"${field}" of "${message.type}" is ${must}`;
  }
  return undefined;
}

/** The types of our messages that have a shape here. */
export function controlTypes(): readonly string[] {
  return [...SHAPES.keys()];
}

function isObject(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
