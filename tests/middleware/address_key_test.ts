import { assertEquals, assertNotEquals } from "@std/assert";
import { addressKey } from "../../src/middleware/address_key.ts";

Deno.test("addressKey() is the same for the ways to write one IPv4 address", () => {
  assertEquals(addressKey("::ffff:192.0.2.1"), addressKey("192.0.2.1"));
  assertNotEquals(addressKey("192.0.2.1"), addressKey("192.0.2.2"));
});

Deno.test("addressKey() is the same for all IPv6 addresses of one network of 64 bits, and no other", () => {
  assertEquals(addressKey("2001:db8:1:2::1"), addressKey("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  assertNotEquals(addressKey("2001:db8:1:2::1"), addressKey("2001:db8:1:3::1"));
});

Deno.test("addressKey() of IPv4 and IPv6 never meet", () => {
  assertNotEquals(addressKey("0.0.0.1"), addressKey("0:0:0:1::"));
});

Deno.test("addressKey() of what is no address is empty", () => {
  assertEquals(["", "localhost", "/run/socket", "1.2.3"].map(addressKey), ["", "", "", ""]);
});
