/**
 * The options of the client with their defaults and checks, once and in one place. What they mean: `config.ts`.
 *
 * The checks are kept short, as they are part of what a page has to load.
 *
 * @module
 */

import type { CloseAction } from "../protocol/close_actions.ts";
import type { ReconnectingClientConfig } from "./config.ts";
import { misuse } from "./misuse.ts";
import { type ClientPlatform, defaultPlatform } from "./platform.ts";

/**
 * The options of every client with their defaults. Where that is `null`, the value is not checked here; all others are
 * numbers of at least 0, and `Infinity` lifts a bound or a deadline.
 */
const DEFAULTS = {
  url: null,
  protocols: null,
  headers: null,
  handlers: null,
  reconnect: null,
  logger: null,
  platform: null,
  protocol: null,
  connectTimeoutMs: 10_000,
  closeTimeoutMs: 3_000,
  heartbeatInterval: undefined as number | undefined,
  heartbeatTimeoutMs: undefined as number | undefined,
  maxQueuedMessages: 1_000,
  maxQueuedBytes: 1_048_576,
  maxQueuedAgeMs: 300_000,
  maxBufferedBytes: 16_777_216,
  maxMessageBytes: 16_777_216,
  maxUnreadMessages: 10_000,
  maxUnreadBytes: 16_777_216,
};

/** The same for what is under `reconnect`. */
const RECONNECT_DEFAULTS = {
  retryFirst: null,
  closeActions: null,
  baseDelayMs: 500,
  factor: 2,
  maxDelayMs: 30_000,
  laterDelayMs: 5_000,
  spreadWindowMs: 10_000,
  minUptimeMs: 5_000,
  maxRetries: Infinity,
};

/** A table of options: their defaults, or `null`. */
export type OptionTable = Readonly<Record<string, number | null | undefined>>;

/** What is left of a table when the options have been read: the numbers. */
export type Numbers<Table> = { readonly [Name in keyof Table as null extends Table[Name] ? never : Name]: Table[Name] };

/** The options under `reconnect` with their defaults in place. */
export interface ReconnectPolicy extends Numbers<typeof RECONNECT_DEFAULTS> {
  readonly retryFirst: boolean | null;
  readonly closeActions: Readonly<Record<number, CloseAction>> | null;
}

/** The options with their defaults in place. */
export interface ClientOptions
  extends Numbers<typeof DEFAULTS>, Pick<ReconnectingClientConfig, "url" | "protocols" | "headers"> {
  readonly reconnect: ReconnectPolicy;
  readonly platform: ClientPlatform;
}

/**
 * Checks the options and puts the defaults in place; `more` is the table of what not every client has.
 *
 * @throws {TypeError} If one is missing, unknown, or of the wrong kind.
 * @throws {RangeError} If a number is out of bounds.
 */
export function resolveOptions<More extends OptionTable = Record<never, never>>(
  config: ReconnectingClientConfig,
  more?: More,
): ClientOptions & Numbers<More> {
  const { url, reconnect, platform = defaultPlatform } = config;
  if (typeof url !== "function") resolveUrl(url);
  return {
    ...resolve<Pick<ClientOptions, "url"> & Numbers<typeof DEFAULTS> & Numbers<More>>(config, { ...DEFAULTS, ...more }),
    reconnect: resolve<ReconnectPolicy>(reconnect === false ? { maxRetries: 0 } : reconnect, RECONNECT_DEFAULTS),
    platform,
  };
}

/**
 * Makes the URL to connect to out of what was given.
 *
 * @throws {TypeError} If it is not one.
 */
export function resolveUrl(given: string | URL): string {
  try {
    // An empty text would mean the page's own address.
    const url = new URL(given || "//", (globalThis as { location?: { href: string } }).location?.href);
    url.protocol = url.protocol.replace(/^http/, "ws");
    url.hash = "";
    if (/^wss?:$/.test(url.protocol)) return url.href;
  } catch {
    // Told below.
  }
  throw misuse("url", "a WebSocket URL", given);
}

/** Puts the defaults in place. A misspelt option must not go unnoticed. */
function resolve<Options>(given: object = {}, table: object): Options {
  const options: Record<string, unknown> = { ...table as Record<string, unknown> };
  for (const [name, value] of Object.entries(given)) {
    // Not the value: it may be a secret under a misspelt name.
    if (!Object.hasOwn(options, name)) throw misuse(name, "a known option", typeof value);
    if (value === undefined) continue;
    const isNumber = typeof value === "number";
    if (options[name] !== null && !(isNumber && value >= 0)) {
      throw misuse(name, "a number of at least 0", value, isNumber ? RangeError : TypeError);
    }
    options[name] = value;
  }
  return options as Options;
}
