/**
 * By which name the limits for an address count. Pure.
 *
 * @module
 */

import { parseAddress } from "../internal/ip.ts";

/**
 * The name of an address: an IPv4 address itself, of an IPv6 address its first 64 bits, as one host has all addresses that
 * share them. `""` for what is no address.
 */
export function addressKey(remoteAddr: string): string {
  if (remoteAddr === "") return "";
  const address = parseAddress(remoteAddr);
  if (address === undefined) return "";
  return address.width === 32 ? address.value.toString(36) : `${(address.value >> 64n).toString(36)}/64`;
}
