/** Tests of who is believed about the peer. */

import { assertEquals } from "@std/assert";
import { parseNetwork } from "../../src/internal/ip.ts";
import { seePeer, type TrustedProxies } from "../../src/server/proxy.ts";

interface Case {
  readonly title: string;
  readonly remote: string;
  readonly trusted: TrustedProxies;
  readonly headers: Readonly<Record<string, string>>;
  readonly own?: string;
  readonly sees: { readonly address: string; readonly scheme: string | undefined; readonly host: string };
}

function networks(...texts: string[]): TrustedProxies {
  return texts.map((text) => parseNetwork(text)!);
}

const FORWARDED = {
  "x-forwarded-for": "198.51.100.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "example.com",
};

const CASES: readonly Case[] = [
  {
    title: "nobody is trusted: what is forwarded is hearsay",
    remote: "10.0.0.1",
    trusted: false,
    headers: FORWARDED,
    sees: { address: "10.0.0.1", scheme: undefined, host: "localhost" },
  },
  {
    title: "one hop: its word is taken",
    remote: "10.0.0.1",
    trusted: 1,
    headers: FORWARDED,
    sees: { address: "198.51.100.7", scheme: "https", host: "example.com" },
  },
  {
    title: "one hop, two addresses: the one before was written by the peer itself",
    remote: "10.0.0.1",
    trusted: 1,
    headers: { "x-forwarded-for": "203.0.113.9, 198.51.100.7" },
    sees: { address: "198.51.100.7", scheme: undefined, host: "localhost" },
  },
  {
    title: "two hops, two addresses",
    remote: "10.0.0.1",
    trusted: 2,
    headers: { "x-forwarded-for": "203.0.113.9,198.51.100.7" },
    sees: { address: "203.0.113.9", scheme: undefined, host: "localhost" },
  },
  {
    title: "more hops than addresses: the outermost that is known",
    remote: "10.0.0.1",
    trusted: 5,
    headers: { "x-forwarded-for": "203.0.113.9" },
    sees: { address: "203.0.113.9", scheme: undefined, host: "localhost" },
  },
  {
    title: "a trusted proxy that forwards nothing",
    remote: "10.0.0.1",
    trusted: 1,
    headers: {},
    own: "https",
    sees: { address: "10.0.0.1", scheme: "https", host: "localhost" },
  },
  {
    title: "networks: the other end is not in one",
    remote: "192.0.2.1",
    trusted: networks("10.0.0.0/8"),
    headers: FORWARDED,
    own: "https",
    sees: { address: "192.0.2.1", scheme: "https", host: "localhost" },
  },
  {
    title: "networks: walks outwards while they are ours",
    remote: "10.0.0.1",
    trusted: networks("10.0.0.0/8", "fd00::/8"),
    headers: { "x-forwarded-for": "6.6.6.6, 203.0.113.9, fd00::1, 10.9.9.9" },
    sees: { address: "203.0.113.9", scheme: undefined, host: "localhost" },
  },
  {
    title: "networks: an IPv4 address in IPv6 clothes is the same address",
    remote: "::ffff:10.0.0.1",
    trusted: networks("10.0.0.0/8"),
    headers: { "x-forwarded-for": "203.0.113.9" },
    sees: { address: "203.0.113.9", scheme: undefined, host: "localhost" },
  },
  {
    title: "what is no address ends the walk",
    remote: "10.0.0.1",
    trusted: networks("10.0.0.0/8"),
    headers: { "x-forwarded-for": "203.0.113.9, <script>, 10.0.0.2" },
    sees: { address: "10.0.0.2", scheme: undefined, host: "localhost" },
  },
  {
    title: "empty places in the list do not count",
    remote: "10.0.0.1",
    trusted: 1,
    headers: { "x-forwarded-for": " , 203.0.113.9, ", "x-forwarded-proto": "http, HTTPS" },
    sees: { address: "203.0.113.9", scheme: "https", host: "localhost" },
  },
  {
    title: "an unknown other end is in no network",
    remote: "",
    trusted: networks("0.0.0.0/0"),
    headers: FORWARDED,
    sees: { address: "", scheme: undefined, host: "localhost" },
  },
];

Deno.test("seePeer() believes those whom it is told to believe, and nobody else", async (t) => {
  for (const { title, remote, trusted, headers, own, sees } of CASES) {
    await t.step(title, () => {
      assertEquals(seePeer(remote, new Headers({ host: "localhost", ...headers }), trusted, own), sees);
    });
  }
});
