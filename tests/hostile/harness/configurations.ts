/**
 * The named configurations in which servers are put under test. All deadlines are short.
 *
 * @module
 */

import type { WebSocketConfig, WebSocketMiddleware } from "../../../src/server/mod.ts";
import type { ChildChannel } from "./child_channel.ts";
import { faultyHandlers, faultyUpgrade, slowOrigins, stubborn } from "./faulty_parts.ts";
import { clumsyMiddleware, faultyMessages, handlerBehindMiddleware } from "./faulty_messages.ts";
import type { HandshakeOptions } from "./handshake.ts";

/** What every configuration begins with. */
const BASE = { closeTimeoutMs: 500, openTimeoutMs: 1_000 } satisfies WebSocketConfig;

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
} satisfies Record<string, (channel: ChildChannel) => WebSocketConfig>;

/** The name of a configuration. */
export type ConfigurationName = keyof typeof CONFIGURATIONS;

/** The middleware of a configuration. */
export function middlewareOf(name: ConfigurationName, channel: ChildChannel): WebSocketMiddleware | undefined {
  return name === "clumsy_middleware" ? clumsyMiddleware(channel) : undefined;
}

/** What a well-behaved client must send to a server in this configuration, beside a correct handshake. */
export function welcomeHeaders(name: ConfigurationName, host: string): NonNullable<HandshakeOptions["headers"]> {
  switch (name) {
    case "required_protocol":
      return { "Sec-WebSocket-Protocol": "chat.v1" };
    case "required_origin":
      return { "Origin": `http://${host}` };
    default:
      return {};
  }
}
