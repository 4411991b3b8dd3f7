import { assert, assertEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { ReconnectingClientConfig, ReconnectOptions } from "../../src/client/config.ts";
import { resolveOptions, resolveUrl } from "../../src/client/options.ts";
import { defaultPlatform } from "../../src/client/platform.ts";

const url = "ws://localhost/ws";

Deno.test("resolveOptions() puts the defaults in place", () => {
  const { platform, reconnect, ...options } = resolveOptions({ url });

  assertStrictEquals(platform, defaultPlatform);
  assertEquals(reconnect, {
    retryFirst: null,
    closeActions: null,
    baseDelayMs: 500,
    factor: 2,
    maxDelayMs: 30_000,
    laterDelayMs: 5_000,
    spreadWindowMs: 10_000,
    minUptimeMs: 5_000,
    maxRetries: Infinity,
  });
  assertEquals([options.connectTimeoutMs, options.closeTimeoutMs], [10_000, 3_000]);
  assertEquals([options.heartbeatInterval, options.heartbeatTimeoutMs], [undefined, undefined]);
});

Deno.test("resolveOptions() takes what is given, and the default for undefined", () => {
  const given = { url, connectTimeoutMs: 1, closeTimeoutMs: undefined } as object as ReconnectingClientConfig;

  const { connectTimeoutMs, closeTimeoutMs } = resolveOptions(given);

  assertEquals([connectTimeoutMs, closeTimeoutMs], [1, 3_000]);
});

Deno.test("resolveOptions() lets no retry follow with reconnect: false", () => {
  assertEquals(resolveOptions({ url, reconnect: false }).reconnect.maxRetries, 0);
});

const NUMBERS = [
  "connectTimeoutMs",
  "closeTimeoutMs",
  "heartbeatInterval",
  "heartbeatTimeoutMs",
  "maxQueuedMessages",
  "maxQueuedBytes",
  "maxQueuedAgeMs",
  "maxBufferedBytes",
  "maxMessageBytes",
  "maxUnreadMessages",
  "maxUnreadBytes",
] as const;
const RECONNECT_NUMBERS = [
  "baseDelayMs",
  "factor",
  "maxDelayMs",
  "laterDelayMs",
  "spreadWindowMs",
  "minUptimeMs",
  "maxRetries",
] as const;

for (
  const [names, wrap] of [
    [NUMBERS, (options: object) => options],
    [RECONNECT_NUMBERS, (reconnect: object) => ({ reconnect })],
  ] as const
) {
  for (const name of names) {
    Deno.test(`resolveOptions() refuses a ${name} that is no number of at least 0`, () => {
      for (const value of [-1, NaN, -Infinity]) {
        const config = { url, ...wrap({ [name]: value }) };
        const error = assertThrows(() => resolveOptions(config), RangeError);
        assertStringIncludes(error.message, `"${name}" must be a number of at least 0: current value is ${value}`);
      }
      for (const value of ["5", null, true, {}, 5n, () => 1, Symbol("s")]) {
        const config = { url, ...wrap({ [name]: value }) };
        assertThrows(() => resolveOptions(config), TypeError, name);
      }
    });

    Deno.test(`resolveOptions() takes 0 and Infinity for ${name}`, () => {
      for (const value of [0, Infinity]) resolveOptions({ url, ...wrap({ [name]: value }) });
    });
  }
}

Deno.test("resolveOptions() refuses an option that it does not know", () => {
  assertThrows(() => resolveOptions({ url, conectTimeoutMs: 1 } as object as { url: string }), TypeError, "conect");
  const reconnect = { maxRetrys: 1 } as ReconnectOptions;
  assertThrows(() => resolveOptions({ url, reconnect }), TypeError, '"maxRetrys" must be a known option');
});

Deno.test("resolveOptions() does not show the value of an option that it does not know: it may be a secret", () => {
  const error = assertThrows(() => resolveOptions({ url, tokn: "s3cret" } as object as { url: string }), TypeError);

  assert(!error.message.includes("s3cret"));
});

Deno.test("resolveOptions() knows the options of a further table, with their defaults", () => {
  const more = { welcomeTimeoutMs: 5_000, token: null };

  const { welcomeTimeoutMs } = resolveOptions({ url, token: "t" } as object as { url: string }, more);

  assertEquals(welcomeTimeoutMs, 5_000);
  assertThrows(() => resolveOptions({ url, welcomeTimeoutMs: -1 } as object as { url: string }, more), RangeError);
  assertThrows(() => resolveOptions({ url, welcomeTimeoutMs: 1 } as object as { url: string }), TypeError, "welcome");
});

Deno.test("resolveOptions() refuses names that every object has", () => {
  for (const name of ["constructor", "toString", "hasOwnProperty"]) {
    assertThrows(() => resolveOptions({ url, [name]: 1 } as object as { url: string }), TypeError, name);
  }
});

for (const bad of [undefined, null, "", "foo", "/ws", "ftp://localhost", "ws:", 5, {}, "http://"]) {
  Deno.test(`resolveOptions() refuses the url ${JSON.stringify(bad)}`, () => {
    assertThrows(() => resolveOptions({ url: bad as string }), TypeError, '"url" must be a WebSocket URL');
  });
}

Deno.test("resolveOptions() does not ask a function for the url", () => {
  resolveOptions({ url: () => "not asked yet" });
});

for (
  const [given, expected] of [
    ["ws://localhost:1/a?b=c", "ws://localhost:1/a?b=c"],
    ["wss://localhost/ws", "wss://localhost/ws"],
    ["http://localhost/ws", "ws://localhost/ws"],
    ["https://localhost/ws", "wss://localhost/ws"],
    [new URL("https://localhost/ws"), "wss://localhost/ws"],
    ["ws://localhost/ws#part", "ws://localhost/ws"],
  ] as const
) {
  Deno.test(`resolveUrl() makes ${expected} out of ${given}`, () => {
    assertEquals(resolveUrl(given), expected);
  });
}

Deno.test("resolveUrl() resolves what is relative against the page's own address", () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "location");
  Object.defineProperty(globalThis, "location", { value: { href: "https://example.com/chat/" }, configurable: true });
  try {
    assertEquals([resolveUrl("/ws"), resolveUrl("ws")], ["wss://example.com/ws", "wss://example.com/chat/ws"]);
    assertThrows(() => resolveUrl(""), TypeError);
  } finally {
    if (before === undefined) delete (globalThis as { location?: unknown }).location;
    else Object.defineProperty(globalThis, "location", before);
  }
});
