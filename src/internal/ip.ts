/**
 * IP addresses and networks as numbers, to tell whether an address lies in a network. Pure.
 *
 * @module
 */

/** A network: all addresses that share the first `bits` bits with `base`. */
export interface Network {
  /** An address in it. */
  readonly base: Address;
  /** How many leading bits are common. */
  readonly bits: number;
}

/** An address as a number, with its width; an IPv4 address in IPv6 clothes (`::ffff:1.2.3.4`) is an IPv4 address. */
export interface Address {
  /** 32 or 128. */
  readonly width: 32 | 128;
  /** The address. */
  readonly value: bigint;
}

/** Reads an address; `undefined` when `text` is none. */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { width: 32, value: v4 };
  const v6 = parseV6(text);
  if (v6 === undefined) return undefined;
  if (v6 >> 32n === 0xffffn) return { width: 32, value: v6 & 0xffffffffn };
  return { width: 128, value: v6 };
}

/** Reads a network such as `10.0.0.0/8`, `fd00::/8`, or a single address; `undefined` when `text` is none. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const base = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (base === undefined) return undefined;
  if (slash < 0) return { base, bits: base.width };
  const bits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > base.width) return undefined;
  return { base, bits: Number(bits) };
}

/** Whether `address` lies in `network`. */
export function isInNetwork(address: Address, network: Network): boolean {
  if (address.width !== network.base.width) return false;
  const rest = BigInt(network.base.width - network.bits);
  return address.value >> rest === network.base.value >> rest;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | undefined {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const halves = bare.split("%")[0]!.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return all.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** The 16-bit groups of one part of an IPv6 address; where it is the end, the last may be written as an IPv4 address. */
function groups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const result: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const v4 = isEnd && i === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 !== undefined) result.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) result.push(parseInt(part, 16));
    else return undefined;
  }
  return result;
}
