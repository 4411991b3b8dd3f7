import { assert, assertEquals } from "@std/assert";
import { RENEWAL_PAUSE_MS, renewIn, retryIn } from "../../src/client/renewal.ts";

for (
  const [lifeMs, expectedMs, why] of [
    [3_600_000, 3_540_000, "a minute before the end of an hour"],
    [300_000, 240_000, "a minute before the end where a fifth is just that"],
    [100_000, 80_000, "when a fifth is left"],
    [5_000, 4_000, "a second before the end where a fifth is just that"],
    [3_000, 2_000, "a second before the end where a fifth is less"],
    [2_000, 1_000, "at half of a life of two seconds"],
    [1_000, 500, "at half of a shorter life"],
    [0, 0, "at once when it is over"],
  ] as const
) {
  Deno.test(`renewIn() waits ${expectedMs} ms of ${lifeMs}: ${why}`, () => {
    assertEquals(renewIn(lifeMs), expectedMs);
  });
}

for (
  const [leftMs, expectedMs] of [[60_000, 30_000], [3_000, 1_500], [1_500, 1_000], [1_000, undefined], [0, undefined], [
    -5,
    undefined,
  ]] as const
) {
  Deno.test(`retryIn() with ${leftMs} ms left gives ${expectedMs}`, () => {
    assertEquals(retryIn(leftMs), expectedMs);
  });
}

Deno.test("retryIn() comes to an end within a few attempts, none of them sooner than the pause", () => {
  for (let leftMs = 1; leftMs < 600_000; leftMs = leftMs * 1.7 + 1) {
    let left = leftMs;
    let attempts = 0;
    for (let waitMs = retryIn(left); waitMs !== undefined; waitMs = retryIn(left)) {
      assert(waitMs >= RENEWAL_PAUSE_MS && waitMs < left);
      left -= waitMs;
      attempts++;
    }
    assert(attempts <= 10, `${attempts} attempts in ${leftMs} ms`);
  }
});
