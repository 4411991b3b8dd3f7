/**
 * Lets peers in or keeps them out by their address.
 *
 * @module
 */

import { OptionChecks, show } from "../internal/checks.ts";
import { isInNetwork, type Network, parseAddress, parseNetwork } from "../internal/ip.ts";
import type { WebSocketMiddleware } from "../server/types.ts";
import { refuse } from "./refusal.ts";

/** Who may connect, by address. */
export interface AccessListOptions {
  /**
   * Networks such as `"10.0.0.0/8"` or `"2001:db8::/32"`, and single addresses, whose peers may connect; nobody else may,
   * nor does a peer whose address is unknown. Everybody may when this is left out, nobody when it is empty.
   */
  readonly allow?: readonly string[];
  /** Networks and single addresses whose peers may not connect, also where `allow` has them. */
  readonly deny?: readonly string[];
}

/**
 * The networks of one machine and of one site, for {@linkcode AccessListOptions.allow}: loopback, the private networks of
 * RFC 1918, unique local addresses, and the link itself, each for IPv4 and IPv6.
 */
export const PRIVATE_NETWORKS: readonly string[] = Object.freeze([
  "127.0.0.0/8",
  "::1",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "169.254.0.0/16",
  "fe80::/10",
]);

/**
 * Refuses peers by their address, with 403. Behind a proxy the server must be told so by `trustProxy`, or every peer has
 * the address of the proxy. An IPv4 address that is written as an IPv6 address counts as what it is.
 *
 * @throws {TypeError} If a network is none, or an option is unknown.
 *
 * @example An office, without its guests
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { accessList } from "@switchboard/websocket/middleware";
 * import { connect, HandshakeRefusedError } from "@switchboard/websocket/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const server = new WebSocketServer();
 * server.use(accessList({ allow: ["192.0.2.0/24"], deny: ["192.0.2.128/25"] }));
 *
 * await using colleague = await connect(server, { remoteAddr: "192.0.2.7" });
 * const guest = await assertRejects(() => connect(server, { remoteAddr: "192.0.2.200" }), HandshakeRefusedError);
 *
 * assertEquals([colleague.response.status, guest.status], [101, 403]);
 * ```
 */
export function accessList<Data = Record<string, unknown>>(options: AccessListOptions): WebSocketMiddleware<Data> {
  new OptionChecks("make an access list").knownKeys("accessList", options, ["allow", "deny"]);
  const allow = options.allow === undefined ? undefined : readNetworks("allow", options.allow);
  const deny = readNetworks("deny", options.deny ?? []);
  return {
    connection: ({ remoteAddr }, next) =>
      isAllowed(remoteAddr, allow, deny) ? next() : refuse(403, "peers of this address may not connect"),
  };
}

function isAllowed(remoteAddr: string, allow: readonly Network[] | undefined, deny: readonly Network[]): boolean {
  const address = parseAddress(remoteAddr);
  if (address === undefined) return allow === undefined;
  if (deny.some((network) => isInNetwork(address, network))) return false;
  return allow === undefined || allow.some((network) => isInNetwork(address, network));
}

function readNetworks(name: string, texts: readonly string[]): readonly Network[] {
  if (!Array.isArray(texts)) {
    throw new OptionChecks("make an access list").failure(name, "be a list of networks", texts);
  }
  return texts.map((text) => {
    const network = typeof text === "string" ? parseNetwork(text) : undefined;
    if (network !== undefined) return network;
    throw new TypeError(
      `Cannot make an access list as "${name}" must hold networks such as "10.0.0.0/8" or single addresses: ` +
        `current value is ${show(text)}`,
    );
  });
}
