/** Tests of the negotiation of the subprotocol. */

import { assertEquals } from "@std/assert";
import { chooseProtocol, isToken, readOffer, readOfferWithToken } from "../../src/server/subprotocol.ts";

const REQUEST = new Request("http://localhost/ws");

Deno.test("readOffer() splits at commas with and without spaces", () => {
  assertEquals(readOffer(null), []);
  assertEquals(readOffer("chat"), ["chat"]);
  assertEquals(readOffer("chat,superchat"), ["chat", "superchat"]);
  assertEquals(readOffer(" chat ,\tsuperchat, switchboard.v1 "), ["chat", "superchat", "switchboard.v1"]);
});

Deno.test("readOffer() gives nothing for what is malformed", () => {
  const malformed = ["", ",", "a,,b", "a b", "a,b;c", "a,a", '"a"', "ä", "a/b", "x".repeat(4097)];

  assertEquals(malformed.map(readOffer), malformed.map(() => undefined));
});

Deno.test("readOffer() takes 64 names and no more", () => {
  const names = Array.from({ length: 65 }, (_, i) => `p${i}`);

  assertEquals(readOffer(names.slice(1).join(","))?.length, 64);
  assertEquals(readOffer(names.join(",")), undefined);
});

Deno.test("chooseProtocol() prefers ours, then what the application prefers, then none", () => {
  const cases: readonly [offered: string[], preferred: string[], chosen: string][] = [
    [[], [], ""],
    [[], ["chat"], ""],
    [["chat"], [], ""],
    [["a", "b"], ["b", "a"], "b"],
    [["a", "b"], ["c", "a"], "a"],
    [["a", "switchboard.v1"], ["a"], "switchboard.v1"],
    [["Switchboard.v1"], [], ""],
  ];

  for (const [offered, preferred, chosen] of cases) {
    assertEquals(chooseProtocol(offered, preferred, REQUEST), chosen, offered.join());
  }
});

Deno.test("chooseProtocol() asks the application's own function, and believes it only what was offered", () => {
  const seen: unknown[] = [];
  const choose = (answer: string | undefined) => (offered: readonly string[], request: Request) => {
    seen.push(offered, request);
    return answer;
  };

  assertEquals(chooseProtocol(["a", "b"], choose("b"), REQUEST), "b");
  assertEquals(chooseProtocol(["a", "b"], choose("c"), REQUEST), "");
  assertEquals(chooseProtocol(["a", "b"], choose(undefined), REQUEST), "");
  assertEquals(seen.slice(0, 2), [["a", "b"], REQUEST]);
});

Deno.test("isToken() tells names from what would break the header", () => {
  assertEquals(["chat", "switchboard.v1", "a!#$%&'*+-.^_`|~9"].map(isToken), [true, true, true]);
  assertEquals(["", "a b", "a,b", "a\r\nb", "ä", "a(b)"].map(isToken), Array(6).fill(false));
});

Deno.test("readOfferWithToken() leaves room for one token beside the names", () => {
  const token = `bearer.${"x".repeat(8192)}`;

  assertEquals(readOfferWithToken(`chat, ${token}`), ["chat", token]);
  assertEquals(readOffer(`chat, ${token}`), undefined);
  assertEquals(readOfferWithToken("x".repeat(4096 + 8192 + 1)), undefined);
  assertEquals([readOfferWithToken(null), readOfferWithToken("a, a")], [[], undefined]);
});
