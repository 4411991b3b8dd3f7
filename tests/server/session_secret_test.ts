/** Tests of the secrets of sessions. */

import { assert, assertEquals } from "@std/assert";
import { hashOf, isSame, newKey, newSecret } from "../../src/server/session_secret.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Deno.test("newSecret() makes texts of 32 characters, none of them twice, with all of the chance that they can have (X29)", () => {
  const count = 10_000;

  const secrets = Array.from({ length: count }, newSecret);

  assertEquals(new Set(secrets).size, count);
  assert(secrets.every((secret) => /^[A-Za-z0-9_-]{32}$/.test(secret)));
  // Each of the 32 places has 6 bits of chance: all 64 characters come equally often there. The sum of squares is that of
  // 63 degrees of freedom: above 150 once in thousands of millions of times for one place.
  for (let place = 0; place < 32; place++) {
    const counts = new Map<string, number>();
    for (const secret of secrets) counts.set(secret[place]!, (counts.get(secret[place]!) ?? 0) + 1);
    const expected = count / ALPHABET.length;
    let sum = 0;
    for (const character of ALPHABET) sum += ((counts.get(character) ?? 0) - expected) ** 2 / expected;
    assert(sum < 150, `place ${place}: ${sum}`);
  }
  // And no bit tells another: neighbours in a secret are alike once in 64 times.
  let alike = 0;
  for (const secret of secrets) for (let at = 1; at < 32; at++) if (secret[at] === secret[at - 1]) alike++;
  const rate = alike / (count * 31);
  assert(Math.abs(rate - 1 / 64) < 0.0015, `${rate}`);
});

Deno.test("newKey() makes text of the bytes that it is given, without what a URL does not like", () => {
  assertEquals([newKey(9).length, newKey(16).length, newKey(0)], [12, 22, ""]);
});

Deno.test("isSame() holds hashes against each other", () => {
  assertEquals(isSame(hashOf("a"), hashOf("a")), true);
  assertEquals([isSame(hashOf("a"), hashOf("b")), isSame(hashOf(""), undefined)], [false, false]);
});
