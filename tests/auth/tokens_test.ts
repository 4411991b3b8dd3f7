/**
 * Shows every token of the table to `jwt()` and sees what becomes of the peer, and for which reason.
 */

import { assertEquals } from "@std/assert";
import { jwt, type JwtRefusal } from "../../src/auth/mod.ts";
import { LENIENCE_MS, OPTIONS } from "./good_tokens.ts";
import { requestWith } from "./requests.ts";
import { TOKENS } from "./tokens.ts";

/** The last half of a second: rounding to seconds must not matter. */
const NOW_MS = Date.UTC(2030, 0) + 500;

for (const { id, title, token, expect, claim, isLenient = false } of TOKENS) {
  Deno.test(`jwt() ${expect === "accepted" ? "accepts" : "refuses"} ${id}, ${title}`, async () => {
    const refusals: JwtRefusal[] = [];
    const authenticate = jwt({
      ...OPTIONS,
      clockToleranceMs: isLenient ? LENIENCE_MS : 0,
      onRefused: (refusal) => refusals.push(refusal),
      now: () => NOW_MS,
    });
    const text = await token(Math.floor(NOW_MS / 1000), "http://attacker.example");

    const identity = await authenticate(requestWith(text));

    assertEquals(identity?.userId, expect === "accepted" ? "ada" : undefined);
    assertEquals(
      refusals,
      expect === "accepted" ? [] : [{ reason: expect, ...claim === undefined ? {} : { claim } }],
    );
  });
}

Deno.test("the table of tokens gives every row an id of its own", () => {
  const ids = TOKENS.map(({ id }) => id);

  assertEquals(ids.filter((id, index) => ids.indexOf(id) !== index), []);
});
