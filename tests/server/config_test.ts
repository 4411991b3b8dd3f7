/** Tests of the options: the defaults, what is refused and in which words, and what is handed on. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { LOG_DEFAULTS } from "../../src/server/log_rules.ts";
import { RESUME_DEFAULTS } from "../../src/server/resume_options.ts";
import { checkHandlers, DEFAULTS, resolveConfig } from "../../src/server/config.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { OptionChecks } from "../../src/internal/checks.ts";
import { resolveTokenSources } from "../../src/server/token_sources.ts";
import { handshakeOf } from "./tools/parts.ts";

const DELAYS = "a number from 1 to 2147483647";
const KNOWN = "path, heartbeatInterval, heartbeatTimeoutMs, idleTimeoutMs, origins, requireOrigin, trustProxy, " +
  "requireProtocol, maxConnections, maxConnectionsPerAddress, maxConnectionsPerUser, whenUserFull, whenFull, maxWaiting, " +
  "waitTimeoutMs, retryAfterMs, maxMessageBytes, maxUrlBytes, maxHeaderBytes, maxHeaders, maxQueuedMessages, " +
  "maxQueuedBytes, concurrency, handlerTimeoutMs, validateOutgoing, maxPendingRequests, maxRoomsPerConnection, maxJoinsPerSecond, " +
  "maxRoomNameLength, highWaterBytes, maxBufferedBytes, openTimeoutMs, helloTimeoutMs, closeTimeoutMs, " +
  "maxFrameMessages, maxGatheredMessages, maxGatheredBytes, answerPing, " +
  "handlers, contract, data, authenticate, tokenSources, writeTimeoutMs, hosts, protocols, headers, resume, history, platform";

/** A configuration, the class of its error, and the text behind "Cannot make the WebSocket server as ". */
const BAD: readonly [config: unknown, kind: typeof TypeError | typeof RangeError, text: string][] = [
  [null, TypeError, '"config" must be an object: current value is null'],
  ["/ws", TypeError, '"config" must be an object: current value is "/ws"'],
  [{ heartBeatInterval: 1 }, TypeError, `the configuration has no option "heartBeatInterval": known are ${KNOWN}`],
  [{ path: "ws" }, TypeError, '"path" must be a string that begins with "/": current value is "ws"'],
  [{ path: 5 }, TypeError, '"path" must be a string that begins with "/": current value is 5'],
  [{ path: "/a/:" }, TypeError, '"path" must be a path or the pathname of a URLPattern: current value is "/a/:"'],
  [{ handlers: "no" }, TypeError, '"handlers" must be an object: current value is "no"'],
  [
    { handlers: { onMesage: () => {} } },
    TypeError,
    'handlers has no option "onMesage": known are onConnect, onMessage, onClose, onError',
  ],
  [
    { handlers: { onClose: 1 } },
    TypeError,
    '"handlers.onClose" must be a function: current value is 1',
  ],
  [{ data: {} }, TypeError, '"data" must be a function: current value is an object'],
  [
    { heartbeatInterval: "30" },
    TypeError,
    `"heartbeatInterval" must be ${DELAYS}, or 0 for off: current value is "30"`,
  ],
  [
    { heartbeatInterval: NaN },
    TypeError,
    `"heartbeatInterval" must be ${DELAYS}, or 0 for off: current value is NaN`,
  ],
  [
    { heartbeatInterval: 0.5 },
    RangeError,
    `"heartbeatInterval" must be ${DELAYS}, or 0 for off: current value is 0.5`,
  ],
  [{ heartbeatTimeoutMs: 0 }, RangeError, `"heartbeatTimeoutMs" must be ${DELAYS}: current value is 0`],
  [{ heartbeatTimeoutMs: Infinity }, RangeError, `"heartbeatTimeoutMs" must be ${DELAYS}: current value is Infinity`],
  [
    { idleTimeoutMs: 2 ** 31 },
    RangeError,
    `"idleTimeoutMs" must be ${DELAYS}, or 0 for off: current value is 2147483648`,
  ],
  [{ writeTimeoutMs: -1 }, RangeError, `"writeTimeoutMs" must be ${DELAYS}, or 0 for off: current value is -1`],
  [
    { origins: "example.com" },
    TypeError,
    '"origins" must be "same-host", "any", an array or a function: current value is "example.com"',
  ],
  [
    { origins: ["example.com"] },
    TypeError,
    '"origins" must hold origins with scheme and host, such as "https://example.com": current value is "example.com"',
  ],
  [
    { origins: ["https://example.com/"] },
    TypeError,
    '"origins" must hold origins with scheme and host, such as "https://example.com": ' +
    'current value is "https://example.com/"',
  ],
  [{ origins: [1] }, TypeError, '"origins" must be an array of strings: current value is an array of 1'],
  [{ requireOrigin: 1 }, TypeError, '"requireOrigin" must be true or false: current value is 1'],
  [{ hosts: "example.com" }, TypeError, '"hosts" must be an array of strings: current value is "example.com"'],
  [{ trustProxy: true }, TypeError, '"trustProxy" must be an array of strings: current value is true'],
  [{ trustProxy: 0 }, RangeError, '"trustProxy" must be a whole number from 1 to 16: current value is 0'],
  [{ trustProxy: 1.5 }, RangeError, '"trustProxy" must be a whole number from 1 to 16: current value is 1.5'],
  [
    { trustProxy: ["10.0.0.0/33"] },
    TypeError,
    '"trustProxy" must hold networks such as "10.0.0.0/8": current value is "10.0.0.0/33"',
  ],
  [{ protocols: "chat" }, TypeError, '"protocols" must be an array of strings: current value is "chat"'],
  [
    { protocols: ["my chat"] },
    TypeError,
    '"protocols" must hold names without spaces and separators: current value is "my chat"',
  ],
  [{ requireProtocol: "yes" }, TypeError, '"requireProtocol" must be true or false: current value is "yes"'],
  [
    { headers: { "Sec-WebSocket-Protocol": "x" } },
    TypeError,
    '"headers" must not hold headers of the handshake itself: current value is "sec-websocket-protocol"',
  ],
  [
    { maxConnections: 0 },
    RangeError,
    '"maxConnections" must be a whole number of at least 1, or Infinity: current value is 0',
  ],
  [
    { maxConnectionsPerAddress: 1.5 },
    RangeError,
    '"maxConnectionsPerAddress" must be a whole number of at least 1, or Infinity: current value is 1.5',
  ],
  [{ authenticate: "jwt" }, TypeError, '"authenticate" must be a function: current value is "jwt"'],
  [
    { authenticate: () => ({}), data: () => ({}) },
    TypeError,
    '"data" must be left out beside "authenticate", which returns the data itself: current value is a function',
  ],
  [
    { tokenSources: { query: "token" } },
    TypeError,
    '"tokenSources" must be left out without "authenticate": current value is an object',
  ],
  [
    { authenticate: () => ({}), tokenSources: { cookie: "a b" } },
    TypeError,
    '"tokenSources.cookie" must be a name without spaces and separators, or false: current value is "a b"',
  ],
  [
    { maxConnectionsPerUser: 0 },
    RangeError,
    '"maxConnectionsPerUser" must be a whole number of at least 1, or Infinity: current value is 0',
  ],
  [{ whenUserFull: "wait" }, TypeError, '"whenUserFull" must be one of "reject", "replace": current value is "wait"'],
  [
    { whenFull: "queue" },
    TypeError,
    '"whenFull" must be one of "reject", "wait", "closeWith": current value is "queue"',
  ],
  [{ maxWaiting: -1 }, RangeError, '"maxWaiting" must be a whole number of at least 0: current value is -1'],
  [{ waitTimeoutMs: 0 }, RangeError, `"waitTimeoutMs" must be ${DELAYS}: current value is 0`],
  [{ retryAfterMs: -1 }, RangeError, '"retryAfterMs" must be a number from 0 to 2147483647: current value is -1'],
  [
    { maxMessageBytes: Infinity },
    RangeError,
    '"maxMessageBytes" must be a whole number of at least 1: current value is Infinity',
  ],
  [{ maxUrlBytes: 0 }, RangeError, '"maxUrlBytes" must be a whole number of at least 1: current value is 0'],
  [{ maxHeaderBytes: 0 }, RangeError, '"maxHeaderBytes" must be a whole number of at least 1: current value is 0'],
  [{ maxHeaders: "9" }, TypeError, '"maxHeaders" must be a whole number of at least 1: current value is "9"'],
  [
    { maxQueuedMessages: 0 },
    RangeError,
    '"maxQueuedMessages" must be a whole number of at least 1, or Infinity: current value is 0',
  ],
  [
    { maxQueuedBytes: -5 },
    RangeError,
    '"maxQueuedBytes" must be a whole number of at least 1, or Infinity: current value is -5',
  ],
  [
    { concurrency: null },
    TypeError,
    '"concurrency" must be a whole number of at least 1, or Infinity: current value is null',
  ],
  [{ handlerTimeoutMs: -1 }, RangeError, `"handlerTimeoutMs" must be ${DELAYS}, or 0 for off: current value is -1`],
  [{ validateOutgoing: 1 }, TypeError, '"validateOutgoing" must be true or false: current value is 1'],
  [
    { maxPendingRequests: 0 },
    RangeError,
    '"maxPendingRequests" must be a whole number of at least 1, or Infinity: current value is 0',
  ],
  [
    { maxJoinsPerSecond: 0 },
    RangeError,
    '"maxJoinsPerSecond" must be a number of at least 0.01, or Infinity: current value is 0',
  ],
  [
    { maxRoomsPerConnection: 0 },
    RangeError,
    '"maxRoomsPerConnection" must be a whole number of at least 1, or Infinity: current value is 0',
  ],
  [
    { maxRoomNameLength: 0 },
    RangeError,
    '"maxRoomNameLength" must be a whole number of at least 1: current value is 0',
  ],
  [{ highWaterBytes: -1 }, RangeError, '"highWaterBytes" must be a whole number of at least 0: current value is -1'],
  [
    { maxBufferedBytes: 0 },
    RangeError,
    '"maxBufferedBytes" must be a whole number of at least 1, or Infinity: current value is 0',
  ],
  [
    { maxBufferedBytes: 100 },
    RangeError,
    '"highWaterBytes" must be at most "maxBufferedBytes": current values are 65536 and 100',
  ],
  [{ openTimeoutMs: -1 }, RangeError, `"openTimeoutMs" must be ${DELAYS}, or 0 for off: current value is -1`],
  [
    { helloTimeoutMs: () => 1 },
    TypeError,
    `"helloTimeoutMs" must be ${DELAYS}, or 0 for off: current value is a function`,
  ],
  [
    { maxFrameMessages: 0 },
    RangeError,
    '"maxFrameMessages" must be a whole number of at least 1: current value is 0',
  ],
  [
    { maxGatheredMessages: 1.5 },
    RangeError,
    '"maxGatheredMessages" must be a whole number of at least 1: current value is 1.5',
  ],
  [
    { maxGatheredBytes: "64 KiB" },
    TypeError,
    '"maxGatheredBytes" must be a whole number of at least 1: current value is "64 KiB"',
  ],
  [{ resume: true }, TypeError, '"resume" must be an object or false: current value is true'],
  [
    { resume: { window: 1 } },
    TypeError,
    'resume has no option "window": known are windowMs, maxSuspended, maxSuspendedPerAddress, maxMessages, maxBytes, data',
  ],
  [
    { resume: { windowMs: 0 } },
    RangeError,
    `"resume.windowMs" must be ${DELAYS}: current value is 0`,
  ],
  [{ resume: { data: 1 } }, TypeError, '"resume.data" must be a function: current value is 1'],
  [{ history: null }, TypeError, '"history" must be an object or false: current value is null'],
  [
    { history: { maxMessages: 0 } },
    RangeError,
    '"history.maxMessages" must be a whole number of at least 1, or Infinity: current value is 0',
  ],
  [
    { history: { keep: "all" } },
    TypeError,
    'history has no option "keep": known are maxMessages, maxBytes, maxAgeMs, maxTotalBytes, rooms',
  ],
  [
    { history: { rooms: { "prices/{symbol}": { keep: "latest" } } } },
    TypeError,
    '"history.rooms["prices/{symbol}"].keep" must be one of "all", "newest", "newest-per-key": current value is "latest"',
  ],
  [{ closeTimeoutMs: 0 }, RangeError, `"closeTimeoutMs" must be ${DELAYS}: current value is 0`],
  [{ answerPing: "no" }, TypeError, '"answerPing" must be true or false: current value is "no"'],
];

Deno.test("resolveConfig() refuses every bad value, and says which, what is wrong and what it was", async (t) => {
  for (const [config, kind, text] of BAD) {
    await t.step(text.slice(0, 80), () => {
      const error = assertThrows(() => resolveConfig(config as WebSocketConfig), kind);

      assertEquals(error.message, `Cannot make the WebSocket server as ${text}`);
      assertStrictEquals(error.constructor, kind);
    });
  }
});

Deno.test("resolveConfig() knows a bad value for every option that can be bad", () => {
  const tried = new Set(
    BAD.flatMap(([config]) => typeof config === "object" && config !== null ? Object.keys(config) : []),
  );

  // A contract is checked by defineContract(), in its own words.
  const untried = KNOWN.split(", ").filter((name) => !tried.has(name) && name !== "platform" && name !== "contract");

  assertEquals(untried, []);
});

Deno.test("resolveConfig() gives what DEFAULTS says where nothing else is said", () => {
  const { handlers, data, writeTimeoutMs, hosts, protocols, headers, authenticate, tokenSources, contract, ...others } =
    resolveConfig({});
  const { resume, history, ...rest } = others;

  assertEquals(rest, DEFAULTS);
  assertEquals(resume, { ...RESUME_DEFAULTS, data: undefined });
  assertEquals({ ...history.ruleOf("any"), maxTotalBytes: history.maxTotalBytes }, LOG_DEFAULTS);
  assertEquals([handlers, data, hosts, protocols, authenticate, contract], [
    {},
    undefined,
    undefined,
    [],
    undefined,
    undefined,
  ]);
  assertEquals(tokenSources, resolveTokenSources(undefined, new OptionChecks("test")));
  assertEquals(writeTimeoutMs, (DEFAULTS.heartbeatInterval + DEFAULTS.heartbeatTimeoutMs) / 2);
  assertEquals(headers(handshakeOf("")), undefined);
});

Deno.test("resolveConfig() takes undefined for not said", () => {
  const config = { path: undefined, heartbeatInterval: undefined, handlers: undefined } as unknown as WebSocketConfig;

  assertEquals(resolveConfig(config).path, DEFAULTS.path);
});

Deno.test("resolveConfig() takes what switches things off, and the outermost values", () => {
  const resolved = resolveConfig({
    heartbeatInterval: 0,
    idleTimeoutMs: 0,
    handlerTimeoutMs: 0,
    openTimeoutMs: 0,
    helloTimeoutMs: 0,
    maxConnections: Infinity,
    maxConnectionsPerAddress: Infinity,
    maxQueuedMessages: Infinity,
    maxBufferedBytes: Infinity,
    concurrency: Infinity,
    maxWaiting: 0,
    retryAfterMs: 0,
    highWaterBytes: 0,
    closeTimeoutMs: 2 ** 31 - 1,
    trustProxy: 16,
  });

  assertEquals([resolved.heartbeatInterval, resolved.writeTimeoutMs, resolved.concurrency], [0, 0, Infinity]);
  assertEquals([resolved.closeTimeoutMs, resolved.trustProxy], [2147483647, 16]);
});

Deno.test("resolveConfig() derives the deadline for stuck writers from the heartbeat", () => {
  const heartbeat = { heartbeatInterval: 400, heartbeatTimeoutMs: 600 };

  assertEquals(resolveConfig(heartbeat).writeTimeoutMs, 500);
  assertEquals(resolveConfig({ ...heartbeat, writeTimeoutMs: 7 }).writeTimeoutMs, 7);
  assertEquals(resolveConfig({ ...heartbeat, writeTimeoutMs: 0 }).writeTimeoutMs, 0);
});

Deno.test("resolveConfig() hands on frozen values that later changes of the argument do not reach", () => {
  const config: { -readonly [Name in keyof WebSocketConfig]: WebSocketConfig[Name] } = { maxConnections: 5 };

  const resolved = resolveConfig(config);
  config.maxConnections = 6;

  assertEquals([resolved.maxConnections, Object.isFrozen(resolved)], [5, true]);
});

Deno.test("resolveConfig() takes hosts in any case, and networks and addresses as proxies", () => {
  const { hosts, trustProxy } = resolveConfig({ hosts: ["Example.COM:8000"], trustProxy: ["10.0.0.0/8", "::1"] });

  assertEquals(hosts, ["example.com:8000"]);
  assertEquals(trustProxy, [
    { base: { width: 32, value: 10n << 24n }, bits: 8 },
    { base: { width: 128, value: 1n }, bits: 128 },
  ]);
});

Deno.test("resolveConfig() takes headers as values and as a function of the handshake, and checks both", () => {
  const handshake = handshakeOf("http://localhost/ws?name=Ada");

  const fixed = resolveConfig({ headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] }).headers(handshake);
  const made = resolveConfig({ headers: ({ url }) => ({ "x-name": url.slice(-3) }) }).headers(handshake);
  const { headers } = resolveConfig({ headers: () => ({ Upgrade: "h2c" }) });

  assertEquals(fixed?.getSetCookie(), ["a=1", "b=2"]);
  assertEquals(made?.get("x-name"), "Ada");
  assertThrows(() => headers(handshake), TypeError, '"headers" must not hold headers of the handshake itself');
});

Deno.test("checkHandlers() takes any of the four, and undefined for one that is not there", () => {
  const handlers = { onConnect: () => {}, onMessage: async () => {}, onError: () => {} };

  assertStrictEquals(checkHandlers(handlers), handlers);
  assertThrows(() => checkHandlers({ onOpen: () => {} } as never), TypeError, 'has no option "onOpen"');
});

Deno.test("WebSocketServer.handlers can be set later, and is checked then too", () => {
  const server = new WebSocketServer();
  const handlers = { onMessage: () => {} };

  server.handlers = handlers;

  assertStrictEquals(server.handlers, handlers);
  assertThrows(() => server.handlers = { onMessage: 5 } as never, TypeError, '"handlers.onMessage" must be a function');
  assertStrictEquals(server.handlers, handlers);
});

Deno.test("new WebSocketServer() throws what resolveConfig() throws, before anything starts", () => {
  assertThrows(() => new WebSocketServer({ path: "" }), TypeError, '"path" must be a string that begins with "/"');
});
