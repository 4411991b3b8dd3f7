/**
 * Who the peer is, when proxies stand between: `X-Forwarded-*` is believed as far as `trustProxy` says. Pure.
 *
 * @module
 */

import type { HeaderReader } from "./packed_headers.ts";
import { isInNetwork, type Network, parseAddress } from "../internal/ip.ts";

/** Which proxies are believed: none, that many next to us, or those in these networks. */
export type TrustedProxies = false | number | readonly Network[];

/** What is known of the other end. */
export interface Peer {
  /** Its address without the port, `""` when unknown. */
  readonly address: string;
  /** `"https"` or `"http"` as the peer saw it, where that is known. */
  readonly scheme: string | undefined;
  /** The host that the peer asked for. */
  readonly host: string;
}

/** Looks through the proxies. `remote` is the other end of the TCP connection. */
export function seePeer(
  remote: string,
  headers: HeaderReader,
  trusted: TrustedProxies,
  ownScheme: string | undefined,
): Peer {
  const host = headers.get("host") ?? "";
  if (trusted === false || !isTrusted(remote, 1, trusted)) return { address: remote, scheme: ownScheme, host };
  return {
    address: clientAddress(remote, headers.get("x-forwarded-for"), trusted),
    scheme: lastOf(headers.get("x-forwarded-proto")) ?? ownScheme,
    host: lastOf(headers.get("x-forwarded-host")) ?? host,
  };
}

/** Walks from the nearest proxy outwards while those who report are trusted. */
function clientAddress(remote: string, forwarded: string | null, trusted: Exclude<TrustedProxies, false>): string {
  const reported = listOf(forwarded);
  let address = remote;
  for (let hops = 1; isTrusted(address, hops, trusted); hops++) {
    const next = reported.pop();
    if (next === undefined) break;
    const known = parseAddress(next);
    if (known === undefined) break; // not an address: the last one that was believed is the best we have
    address = next;
  }
  return address;
}

function isTrusted(address: string, hops: number, trusted: Exclude<TrustedProxies, false>): boolean {
  if (typeof trusted === "number") return hops <= trusted;
  const parsed = parseAddress(address);
  return parsed !== undefined && trusted.some((network) => isInNetwork(parsed, network));
}

function listOf(header: string | null): string[] {
  return (header ?? "").split(",").map((each) => each.trim()).filter((each) => each !== "");
}

function lastOf(header: string | null): string | undefined {
  return listOf(header).pop()?.toLowerCase();
}
