/**
 * The defaults of a server's options, and the one place where options are checked.
 *
 * @module
 */

import { isPlain, type NumberRule, OptionChecks } from "../internal/checks.ts";
import { type Network, parseNetwork } from "../internal/ip.ts";
import { type Contract, defineContract } from "../protocol/contract.ts";
import type { WhenFull } from "./gate.ts";
import type { Handshake } from "./handshake.ts";
import { type ResolvedHistory, resolveHistory } from "./log_rules.ts";
import type { WebSocketConfig } from "./options.ts";
import { type Origins, parseOrigin } from "./origin.ts";
import { pathRule } from "./path.ts";
import type { TrustedProxies } from "./proxy.ts";
import { type ResolvedResume, resolveResume } from "./resume_options.ts";
import { resolveSignIn, type SignInConfig } from "./sign_in_config.ts";
import { isToken, type SubprotocolChooser } from "./subprotocol.ts";
import type { WebSocketHandlers } from "./types.ts";

/** The options with all defaults in place. */
export interface ResolvedConfig<Data> extends SignInConfig<Data> {
  readonly path: string;
  readonly handlers: WebSocketHandlers<Data>;
  readonly data: ((handshake: Handshake) => Data) | undefined;
  readonly contract: Contract | undefined;
  readonly validateOutgoing: boolean;
  readonly heartbeatInterval: number;
  readonly heartbeatTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly origins: Origins;
  readonly requireOrigin: boolean;
  readonly hosts: readonly string[] | undefined;
  readonly trustProxy: TrustedProxies;
  readonly protocols: readonly string[] | SubprotocolChooser;
  readonly requireProtocol: boolean;
  readonly headers: (handshake: Handshake) => Headers | undefined;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxConnectionsPerUser: number;
  readonly whenFull: WhenFull;
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly retryAfterMs: number;
  readonly maxMessageBytes: number;
  readonly maxUrlBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
  readonly concurrency: number;
  readonly handlerTimeoutMs: number;
  readonly maxPendingRequests: number;
  readonly maxRoomsPerConnection: number;
  readonly maxJoinsPerSecond: number;
  readonly maxRoomNameLength: number;
  readonly highWaterBytes: number;
  readonly maxBufferedBytes: number;
  readonly openTimeoutMs: number;
  readonly helloTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly answerPing: boolean;
  readonly maxFrameMessages: number;
  readonly maxGatheredMessages: number;
  readonly maxGatheredBytes: number;
  readonly resume: ResolvedResume<Data>;
  readonly history: ResolvedHistory;
}

const MEBIBYTE = 1024 * 1024;

/** The longest delay that a runtime's timer takes: 2^31 - 1 milliseconds, about 24 days. */
const MAX_DELAY_MS = 2 ** 31 - 1;

const DURATION: NumberRule = { min: 1, max: MAX_DELAY_MS };
const DURATION_OR_OFF: NumberRule = { ...DURATION, zeroIsOff: true };
const COUNT: NumberRule = { min: 1, integer: true, infinite: true };
const SIZE: NumberRule = { min: 1, integer: true };

/** The default of every number and switch. `writeTimeoutMs` follows from the heartbeat. */
export const DEFAULTS = {
  path: "/ws",
  heartbeatInterval: 30_000,
  heartbeatTimeoutMs: 60_000,
  idleTimeoutMs: 0,
  origins: "same-host",
  requireOrigin: false,
  trustProxy: false,
  requireProtocol: false,
  maxConnections: 10_000,
  maxConnectionsPerAddress: 1_000,
  maxConnectionsPerUser: Infinity,
  whenUserFull: "reject",
  whenFull: "reject",
  maxWaiting: 100,
  waitTimeoutMs: 10_000,
  retryAfterMs: 5_000,
  maxMessageBytes: MEBIBYTE,
  maxUrlBytes: 8_192,
  maxHeaderBytes: 16_384,
  maxHeaders: 100,
  maxQueuedMessages: 256,
  maxQueuedBytes: MEBIBYTE,
  concurrency: 1,
  handlerTimeoutMs: 30_000,
  validateOutgoing: false,
  maxPendingRequests: 1_000,
  maxRoomsPerConnection: 100,
  maxJoinsPerSecond: 20,
  maxRoomNameLength: 128,
  highWaterBytes: 65_536,
  maxBufferedBytes: 16 * MEBIBYTE,
  openTimeoutMs: 10_000,
  helloTimeoutMs: 60_000,
  closeTimeoutMs: 5_000,
  maxFrameMessages: 1_024,
  maxGatheredMessages: 256,
  maxGatheredBytes: 65_536,
  answerPing: true,
} as const;

/** The rule for each number. */
const NUMBERS = {
  heartbeatInterval: DURATION_OR_OFF,
  heartbeatTimeoutMs: DURATION,
  idleTimeoutMs: DURATION_OR_OFF,
  maxConnections: COUNT,
  maxConnectionsPerAddress: COUNT,
  maxConnectionsPerUser: COUNT,
  maxWaiting: { min: 0, integer: true },
  waitTimeoutMs: DURATION,
  retryAfterMs: { min: 0, max: MAX_DELAY_MS },
  maxMessageBytes: SIZE,
  maxUrlBytes: SIZE,
  maxHeaderBytes: SIZE,
  maxHeaders: SIZE,
  maxQueuedMessages: COUNT,
  maxQueuedBytes: COUNT,
  concurrency: COUNT,
  handlerTimeoutMs: DURATION_OR_OFF,
  maxPendingRequests: COUNT,
  maxRoomsPerConnection: COUNT,
  maxJoinsPerSecond: { min: 0.01, infinite: true },
  maxRoomNameLength: SIZE,
  highWaterBytes: { min: 0, integer: true },
  maxBufferedBytes: COUNT,
  openTimeoutMs: DURATION_OR_OFF,
  helloTimeoutMs: DURATION_OR_OFF,
  closeTimeoutMs: DURATION,
  maxFrameMessages: SIZE,
  maxGatheredMessages: SIZE,
  maxGatheredBytes: SIZE,
} satisfies Partial<Record<keyof WebSocketConfig, NumberRule>>;

type NumberName = keyof typeof NUMBERS;

const KNOWN: readonly string[] = [
  ...Object.keys(DEFAULTS),
  "handlers",
  "contract",
  "data",
  "authenticate",
  "tokenSources",
  "writeTimeoutMs",
  "hosts",
  "protocols",
  "headers",
  "resume",
  "history",
  "platform",
];

const HANDLERS = ["onConnect", "onMessage", "onClose", "onError"] as const;

const checks = new OptionChecks("make the WebSocket server");

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} If an option is of a wrong kind, or unknown.
 * @throws {RangeError} If a number is out of bounds, or two do not go together.
 */
export function resolveConfig<Data>(config: WebSocketConfig<Data>): ResolvedConfig<Data> {
  if (typeof config !== "object" || config === null) throw checks.failure("config", "be an object", config);
  checks.knownKeys("the configuration", config, KNOWN);
  const numbers = resolveNumbers(config);
  const { heartbeatInterval, heartbeatTimeoutMs } = numbers;
  checks.optionalFunction("data", config.data);
  const resolved: ResolvedConfig<Data> = {
    ...numbers,
    path: checkPath(config.path ?? DEFAULTS.path),
    handlers: checkHandlers(config.handlers ?? {}),
    data: config.data,
    ...resolveSignIn(config, checks),
    contract: config.contract === undefined ? undefined : defineContract(config.contract),
    validateOutgoing: checks.boolean("validateOutgoing", config.validateOutgoing, DEFAULTS.validateOutgoing),
    writeTimeoutMs: checks.number(
      "writeTimeoutMs",
      config.writeTimeoutMs,
      heartbeatInterval === 0 ? 0 : (heartbeatInterval + heartbeatTimeoutMs) / 2,
      DURATION_OR_OFF,
    ),
    origins: checkOrigins(config.origins ?? DEFAULTS.origins),
    requireOrigin: checks.boolean("requireOrigin", config.requireOrigin, DEFAULTS.requireOrigin),
    hosts: config.hosts === undefined ? undefined : checkStrings("hosts", config.hosts).map((h) => h.toLowerCase()),
    trustProxy: checkProxies(config.trustProxy ?? DEFAULTS.trustProxy),
    protocols: checkProtocols(config.protocols ?? []),
    requireProtocol: checks.boolean("requireProtocol", config.requireProtocol, DEFAULTS.requireProtocol),
    headers: checkHeaders(config.headers),
    whenFull: checks.oneOf("whenFull", config.whenFull, DEFAULTS.whenFull, ["reject", "wait", "closeWith"]),
    answerPing: checks.boolean("answerPing", config.answerPing, DEFAULTS.answerPing),
    resume: resolveResume(config.resume, checks),
    history: resolveHistory(config.history, checks),
  };
  if (resolved.highWaterBytes > resolved.maxBufferedBytes) {
    throw new RangeError(
      `Cannot make the WebSocket server as "highWaterBytes" must be at most "maxBufferedBytes": ` +
        `current values are ${resolved.highWaterBytes} and ${resolved.maxBufferedBytes}`,
    );
  }
  return Object.freeze(resolved);
}

/**
 * Checks handlers, and returns them.
 *
 * @throws {TypeError} If one is not a function, or has an unknown name.
 */
export function checkHandlers<Data>(handlers: WebSocketHandlers<Data>): WebSocketHandlers<Data> {
  if (typeof handlers !== "object" || handlers === null) throw checks.failure("handlers", "be an object", handlers);
  // An object of a class may have whatever it needs.
  if (isPlain(handlers)) checks.knownKeys("handlers", handlers, HANDLERS);
  for (const name of HANDLERS) checks.optionalFunction(`handlers.${name}`, handlers[name]);
  return handlers;
}

function resolveNumbers(given: { readonly [Name in NumberName]?: unknown }): Record<NumberName, number> {
  const entries = (Object.keys(NUMBERS) as NumberName[]).map((name) => [
    name,
    checks.number(name, given[name], DEFAULTS[name], NUMBERS[name]),
  ]);
  return Object.fromEntries(entries) as Record<NumberName, number>;
}

function checkPath(path: string): string {
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw checks.failure("path", 'be a string that begins with "/"', path);
  }
  try {
    pathRule(path);
  } catch {
    throw checks.failure("path", "be a path or the pathname of a URLPattern", path);
  }
  return path;
}

function checkStrings(name: string, list: unknown): readonly string[] {
  if (Array.isArray(list) && list.every((each) => typeof each === "string")) return list;
  throw checks.failure(name, "be an array of strings", list);
}

function checkOrigins(origins: Origins): Origins {
  if (typeof origins === "function" || origins === "same-host" || origins === "any") return origins;
  if (typeof origins === "string") {
    throw checks.failure("origins", 'be "same-host", "any", an array or a function', origins);
  }
  for (const origin of checkStrings("origins", origins)) {
    const parsed = parseOrigin(origin);
    if (parsed === undefined) {
      throw checks.failure("origins", 'hold origins with scheme and host, such as "https://example.com"', origin);
    }
  }
  return origins;
}

function checkProxies(proxies: false | number | readonly string[]): TrustedProxies {
  if (proxies === false) return false;
  if (typeof proxies === "number") return checks.number("trustProxy", proxies, 0, { min: 1, max: 16, integer: true });
  return checkStrings("trustProxy", proxies).map((text): Network => {
    const network = parseNetwork(text);
    if (network === undefined) throw checks.failure("trustProxy", 'hold networks such as "10.0.0.0/8"', text);
    return network;
  });
}

function checkProtocols(protocols: readonly string[] | SubprotocolChooser): readonly string[] | SubprotocolChooser {
  if (typeof protocols === "function") return protocols;
  for (const name of checkStrings("protocols", protocols)) {
    if (!isToken(name)) throw checks.failure("protocols", "hold names without spaces and separators", name);
  }
  return protocols;
}

/** The headers of the handshake itself, which nobody may add to. */
const RESERVED_HEADERS = /^(connection|upgrade|sec-websocket-.*|transfer-encoding|content-length)$/i;

function checkHeaders(headers: HeadersInit | ((handshake: Handshake) => HeadersInit) | undefined) {
  if (headers === undefined) return () => undefined;
  if (typeof headers !== "function") {
    const fixed = readHeaders(headers);
    return () => fixed;
  }
  return (handshake: Handshake): Headers => readHeaders(headers(handshake));
}

function readHeaders(init: HeadersInit): Headers {
  const headers = new Headers(init);
  for (const [name] of headers) {
    if (RESERVED_HEADERS.test(name)) throw checks.failure("headers", "not hold headers of the handshake itself", name);
  }
  return headers;
}
