import { assertEquals, assertStrictEquals } from "@std/assert";
import { isInNetwork, parseAddress, parseNetwork } from "../../src/internal/ip.ts";

for (
  const [text, width, value] of [
    ["0.0.0.0", 32, 0n],
    ["127.0.0.1", 32, 0x7f000001n],
    ["255.255.255.255", 32, 0xffffffffn],
    ["::", 128, 0n],
    ["::1", 128, 1n],
    ["[::1]", 128, 1n],
    ["fe80::1%eth0", 128, 0xfe80n << 112n | 1n],
    ["2001:db8::8:800:200c:417a", 128, 0x20010db80000000000080800200c417an],
    ["1:2:3:4:5:6:7:8", 128, 0x00010002000300040005000600070008n],
    ["1::", 128, 1n << 112n],
    ["::ffff:1.2.3.4", 32, 0x01020304n],
    ["::ffff:102:304", 32, 0x01020304n],
    ["64:ff9b::1.2.3.4", 128, 0x64ff9bn << 96n | 0x01020304n],
    ["ABCD::", 128, 0xabcdn << 112n],
  ] as const
) {
  Deno.test(`parseAddress() reads ${text}`, () => {
    assertEquals(parseAddress(text), { width, value });
  });
}

for (
  const text of [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "1.2.3.-4",
    "1.2.3.4 ",
    "1.2.3.0x4",
    "a.b.c.d",
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3",
    "[::1",
    "localhost",
  ]
) {
  Deno.test(`parseAddress() reads no address in ${JSON.stringify(text)}`, () => {
    assertStrictEquals(parseAddress(text), undefined);
  });
}

for (
  const [network, address, isIn] of [
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.1.2.3/8", "10.9.9.9", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "::1", false],
    ["10.0.0.0/8", "::ffff:10.0.0.1", true],
    ["fd00::/8", "fd12:3456::1", true],
    ["fd00::/8", "fe80::1", false],
    ["::/0", "::1", true],
    ["::/0", "1.2.3.4", false],
    ["192.168.1.128/25", "192.168.1.127", false],
    ["192.168.1.128/25", "192.168.1.129", true],
  ] as const
) {
  Deno.test(`isInNetwork() says that ${address} is ${isIn ? "" : "not "}in ${network}`, () => {
    assertStrictEquals(isInNetwork(parseAddress(address)!, parseNetwork(network)!), isIn);
  });
}

for (const text of ["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "::/1e1", "x/8"]) {
  Deno.test(`parseNetwork() reads no network in ${JSON.stringify(text)}`, () => {
    assertStrictEquals(parseNetwork(text), undefined);
  });
}
