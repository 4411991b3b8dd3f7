/**
 * The named configurations in which servers are put under test. All deadlines are short.
 *
 * @module
 */

import { rateLimit } from "../../../src/middleware/mod.ts";
import type { WebSocketConfig, WebSocketServer } from "../../../src/server/mod.ts";
import type { ChildChannel } from "./child_channel.ts";
import { clumsyEntrance } from "./faulty_entrance.ts";
import { faultyHandlers, faultyUpgrade, slowOrigins, stubborn } from "./faulty_parts.ts";
import { clumsyMiddleware, faultyMessages, handlerBehindMiddleware, pulling } from "./faulty_messages.ts";
import type { HandshakeOptions } from "./handshake.ts";
import { addTalkativeParts, talkative } from "./log_parts.ts";
import { reporting } from "./reports.ts";
import { addRoomHandlers, addRoomRules, GOOD_TOKEN, signInByMessage } from "./room_parts.ts";
import { addSessionHandlers, resumable, type SessionVariant } from "./session_parts.ts";
import type { SignInVariant } from "./sign_in_parts.ts";
import { addTypedHandlers } from "./typed_parts.ts";

/** What every configuration begins with. */
const BASE = { closeTimeoutMs: 500, openTimeoutMs: 1_000 } satisfies WebSocketConfig;

/** How much the configurations that limit messages let through. */
export const RATE = { messagesPerSecond: 50, burst: 100 } as const;

/** Makes the part of a configuration that is special about it. */
export const CONFIGURATIONS = {
  /** Nothing but short deadlines: same-host origins, no subprotocol. */
  default: () => BASE,
  /** Knows two subprotocols, and does without. */
  protocols: () => ({ ...BASE, protocols: ["chat.v2", "chat.v1"] }),
  /** Insists on one of two subprotocols. */
  required_protocol: () => ({ ...BASE, protocols: ["chat.v2", "chat.v1"], requireProtocol: true }),
  /** Allows some origins by name: with and without a port, and an internationalized one. */
  listed_origins: () => ({
    ...BASE,
    origins: ["http://allowed.example", "https://secure.example:8443", "http://bücher.example"],
  }),
  /** Same host as the request, and an Origin must be there. */
  required_origin: () => ({ ...BASE, requireOrigin: true }),
  /** Behind one proxy that tells address, scheme and host. */
  trusted_proxy: () => ({ ...BASE, trustProxy: 1 }),
  /** The functions of the configuration, or the runtime's upgrade, fail when the query says so. */
  faulty_upgrade: () => ({ ...BASE, ...faultyUpgrade() }),
  /** Every handler fails in the way that the query names. */
  faulty_handlers: () => ({ ...BASE, handlers: faultyHandlers() }),
  /** Takes messages of up to 1 KiB. */
  small_messages: () => ({ ...BASE, maxMessageBytes: 1_024 }),
  /** Floods a peer, or closes on it, when asked. */
  stubborn: () => ({ ...BASE, maxBufferedBytes: 8 * 1_048_576, handlers: stubborn() }),
  /** The check of an origin waits until the test opens the gate `origin`. */
  slow_origins: (channel) => ({ ...BASE, origins: slowOrigins(channel) }),
  /** Ends silent peers after two seconds. */
  short_idle: () => ({ ...BASE, heartbeatInterval: 1_000, heartbeatTimeoutMs: 1_000 }),
  /** Ends who is silent after two seconds, and who says no hello or holds up a handler after less. */
  short_deadlines: () => ({
    ...BASE,
    heartbeatInterval: 1_000,
    heartbeatTimeoutMs: 1_000,
    helloTimeoutMs: 1_000,
    handlerTimeoutMs: 500,
  }),
  /** Has places for 1,000, from any address. */
  thousand_places: () => ({ ...BASE, maxConnections: 1_000, maxConnectionsPerAddress: Infinity }),
  /** Has places for three from one address. */
  few_per_address: () => ({ ...BASE, maxConnectionsPerAddress: 3 }),
  /** The handler of messages fails in the way that a message's type names, and may take half a second. */
  faulty_messages: () => ({ ...BASE, handlerTimeoutMs: 500, handlers: faultyMessages() }),
  /** Has a middleware that misuses `next` in the way that a message's type names. */
  clumsy_middleware: () => ({ ...BASE, handlerTimeoutMs: 500, handlers: handlerBehindMiddleware() }),
  /** Has a connection middleware that misuses `next` in the way that the query names. */
  clumsy_entrance: () => BASE,
  /** Has a handler for every type that matters, and none for the others. */
  typed: () => ({ ...BASE, handlerTimeoutMs: 500 }),
  /** Reads in a loop. */
  pulled: (channel) => ({ ...BASE, handlers: pulling(channel) }),
  /** Checks what arrives with the schemas of three libraries. */
  contract: async () => ({ ...BASE, contract: (await import("./contract_parts.ts")).CONTRACT }),
  /** Has rooms of all kinds. */
  rooms: () => ({ ...BASE, handlerTimeoutMs: 500, maxJoinsPerSecond: Infinity }),
  /** The same, with the limit on wishes that a server has by default. */
  few_joins: () => ({ ...BASE }),
  /** The same for who has signed in, which may be done by the first message. */
  signed_in_rooms: (channel) => ({ ...BASE, ...signInByMessage(channel) }),
  /** Lets in who brings a token, in a header, a subprotocol, a cookie or a hello. */
  signed_in: () => signIn("signed_in"),
  /** The same, where clocks may differ by a minute. */
  signed_in_leniently: () => signIn("signed_in_leniently"),
  /** The same, where the token may stand in the query. */
  signed_in_by_query: () => signIn("signed_in_by_query"),
  /** The same, where plain peers may bring it with their first message, within half a second. */
  signed_in_by_message: () => signIn("signed_in_by_message"),
  /** Where a user's newer connection takes the place of the older one. */
  one_per_user: () => signIn("one_per_user"),
  /** Where a user's newer connection is refused. */
  one_per_user_at_most: () => signIn("one_per_user_at_most"),
  /** Clients may come back to their sessions, in which little is kept. */
  resumable: () => resume("resumable"),
  /** The same for who has signed in: the token is the name of the user. */
  resumable_signed_in: () => resume("resumable_signed_in"),
  /** The same, but not for long. */
  resumable_briefly: () => resume("resumable_briefly"),
  /** Much is kept, and little of it may wait in a socket. */
  resumable_tight: () => resume("resumable_tight"),
  /** Takes so many messages from each connection, and closes who sends more. */
  limited: () => BASE,
  /** The same for each address, and refuses the message alone. */
  limited_replying: () => BASE,
  /** Logs by `setLogLevel`, and logs everything. */
  logged: () => ({ ...BASE, path: "/ws{/:room}?", handlers: talkative() }),
} satisfies Record<string, (channel: ChildChannel) => WebSocketConfig | Promise<WebSocketConfig>>;

async function signIn(name: SignInVariant): Promise<WebSocketConfig> {
  return { ...BASE, ...(await import("./sign_in_parts.ts")).signedIn(name) };
}

function resume(name: SessionVariant): WebSocketConfig {
  return { ...BASE, ...resumable(name) };
}

/** The name of a configuration. */
export type ConfigurationName = keyof typeof CONFIGURATIONS;

/** What is added to the server of a configuration before it listens. */
const ADDITIONS: Partial<Record<ConfigurationName, (server: WebSocketServer, channel: ChildChannel) => unknown>> = {
  clumsy_entrance: (server, channel) => server.use(clumsyEntrance(channel)),
  clumsy_middleware: (server, channel) => {
    server.use(clumsyMiddleware(channel));
    server.handle("handled", reporting(channel, (data) => data));
  },
  contract: async (server, channel) => (await import("./contract_parts.ts")).addContractHandlers(server, channel),
  limited: (server) => server.use(rateLimit(RATE)),
  limited_replying: (server) => server.use(rateLimit({ ...RATE, per: "address", onExceeded: "reply" })),
  logged: (server) => addTalkativeParts(server),
  signed_in: async (server) => (await import("./sign_in_parts.ts")).addRevocation(server),
  rooms: (server, channel) => {
    addRoomRules(server, channel);
    addRoomHandlers(server, channel);
  },
  few_joins: (server, channel) => addRoomRules(server, channel),
  resumable: addSessionHandlers,
  resumable_signed_in: addSessionHandlers,
  resumable_briefly: addSessionHandlers,
  resumable_tight: addSessionHandlers,
  signed_in_rooms: (server, channel) => {
    addRoomRules(server, channel);
    addRoomHandlers(server, channel);
  },
  typed: addTypedHandlers,
};

/** Adds to a server what its configuration wants beside options. */
export async function setUp(name: ConfigurationName, server: WebSocketServer, channel: ChildChannel): Promise<void> {
  await ADDITIONS[name]?.(server, channel);
}

/** What a well-behaved client must send to a server in this configuration, beside a correct handshake. */
export async function welcomeHeaders(
  name: ConfigurationName,
  host: string,
): Promise<NonNullable<HandshakeOptions["headers"]>> {
  switch (name) {
    case "signed_in":
    case "signed_in_leniently":
    case "signed_in_by_query":
    case "signed_in_by_message":
    case "one_per_user":
    case "one_per_user_at_most":
      return await (await import("./sign_in_parts.ts")).bearer();
    case "required_protocol":
      return { "Sec-WebSocket-Protocol": "chat.v1" };
    case "resumable_signed_in":
    case "signed_in_rooms":
      return { "Authorization": `Bearer ${GOOD_TOKEN}` };
    case "required_origin":
      return { "Origin": `http://${host}` };
    default:
      return {};
  }
}
