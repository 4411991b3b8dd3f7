import { assertEquals, assertThrows } from "@std/assert";
import { accessList, type AccessListOptions, PRIVATE_NETWORKS } from "../../src/middleware/access_list.ts";
import { FakeHost } from "./tools/fake_host.ts";

/** With which status an address is refused; `undefined` when it is let in. */
function statusFor(remoteAddr: string, options: AccessListOptions): number | undefined {
  const host = new FakeHost();
  host.use(accessList(options));
  return (host.ask({ remoteAddr }) as Response | undefined)?.status;
}

for (
  const [what, options, remoteAddr, status] of [
    ["anybody without lists", {}, "192.0.2.1", undefined],
    ["an address in a network that is allowed", { allow: ["192.0.2.0/24"] }, "192.0.2.1", undefined],
    ["the same written as IPv6", { allow: ["192.0.2.0/24"] }, "::ffff:192.0.2.1", undefined],
    ["an address outside of it", { allow: ["192.0.2.0/24"] }, "192.0.3.1", 403],
    ["an IPv6 address against an IPv4 network", { allow: ["0.0.0.0/0"] }, "2001:db8::1", 403],
    ["an address that is denied", { deny: ["192.0.2.1"] }, "192.0.2.1", 403],
    ["its neighbour", { deny: ["192.0.2.1"] }, "192.0.2.2", undefined],
    ["an address that is allowed and denied", { allow: ["192.0.2.0/24"], deny: ["192.0.2.1"] }, "192.0.2.1", 403],
    ["an unknown address with an allow list", { allow: ["0.0.0.0/0", "::/0"] }, "", 403],
    ["an unknown address with a deny list", { deny: ["0.0.0.0/0"] }, "", undefined],
    ["anybody with an empty allow list", { allow: [] }, "127.0.0.1", 403],
    ["an address of one's own network", { allow: PRIVATE_NETWORKS }, "172.31.0.9", undefined],
    ["an address of the loopback", { allow: PRIVATE_NETWORKS }, "::1", undefined],
    ["an address just outside of the private ones", { allow: PRIVATE_NETWORKS }, "172.32.0.1", 403],
  ] as const
) {
  Deno.test(`accessList() ${status === undefined ? "lets in" : "refuses"} ${what}`, () => {
    assertEquals(statusFor(remoteAddr, options), status);
  });
}

Deno.test("accessList() asks those behind it, and answers with what they say", () => {
  const host = new FakeHost();
  host.use(accessList({ allow: ["192.0.2.1"] }));
  const later = new Response(null, { status: 429 });

  assertEquals(host.ask({ remoteAddr: "192.0.2.1" }, () => later), later);
});

for (
  const [options, text] of [
    [
      { allow: ["10.0.0.0/33"] },
      '"allow" must hold networks such as "10.0.0.0/8" or single addresses: current value is "10.0.0.0/33"',
    ],
    [{ deny: [1] }, '"deny" must hold networks such as "10.0.0.0/8" or single addresses: current value is 1'],
    [{ deny: "10.0.0.1" }, '"deny" must be a list of networks: current value is "10.0.0.1"'],
    [{ block: [] }, 'accessList has no option "block"'],
  ] as const
) {
  Deno.test(`accessList() refuses the options ${JSON.stringify(options)}`, () => {
    assertThrows(() => accessList(options as unknown as AccessListOptions), TypeError, text);
  });
}
