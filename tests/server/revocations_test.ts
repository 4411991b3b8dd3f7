/** Tests of revocations during checks: who is kept out, and that nothing is kept for longer than it is needed. */

import { assertEquals } from "@std/assert";
import { Revocations } from "../../src/server/revocations.ts";

Deno.test("Revocations.hits() tells who was revoked after the check began, and nobody else", () => {
  const revocations = new Revocations();
  revocations.revoke("before");
  const first = revocations.begin();
  revocations.revoke("between");
  const second = revocations.begin();
  revocations.revoke("after");

  const hits = (user: string) => [revocations.hits(first, user), revocations.hits(second, user)];

  assertEquals([hits("before"), hits("between"), hits("after"), hits("never")], [
    [false, false],
    [true, false],
    [true, true],
    [false, false],
  ]);
});

Deno.test("Revocations.hits() counts the last of several revocations of one user", () => {
  const revocations = new Revocations();
  const early = revocations.begin();
  revocations.revoke("ada");
  const late = revocations.begin();
  assertEquals(revocations.hits(late, "ada"), false);
  revocations.revoke("ada");

  assertEquals([revocations.hits(late, "ada"), revocations.hits(early, "ada"), revocations.size], [true, true, 1]);
});

Deno.test("Revocations.revoke() keeps nothing while no check is under way", () => {
  const revocations = new Revocations();

  for (let i = 0; i < 1_000; i++) revocations.revoke(`user ${i}`);

  assertEquals(revocations.size, 0);
});

Deno.test("Revocations.end() forgets what no check can need any more, in whichever order checks end", () => {
  const revocations = new Revocations();
  const first = revocations.begin();
  revocations.revoke("a");
  const second = revocations.begin();
  revocations.revoke("b");
  const third = revocations.begin();
  revocations.revoke("a");
  assertEquals(revocations.size, 2);

  revocations.end(second);
  assertEquals(revocations.size, 2);
  revocations.end(first);
  assertEquals([revocations.size, revocations.hits(third, "a"), revocations.hits(third, "b")], [1, true, false]);
  revocations.end(third);
  assertEquals(revocations.size, 0);
});

Deno.test("Revocations.end() of a check that began last keeps what earlier ones need", () => {
  const revocations = new Revocations();
  const first = revocations.begin();
  const second = revocations.begin();
  revocations.revoke("a");

  revocations.end(second);

  assertEquals([revocations.hits(first, "a"), revocations.size], [true, 1]);
});
