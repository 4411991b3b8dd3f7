/** Tests of waiting for an application's check: its answer, its failure, its deadline, and a peer that leaves. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { settle } from "../../src/server/verdict.ts";
import { testScheduler } from "./tools/parts.ts";

const NEVER = new AbortController().signal;

Deno.test("settle() gives the answer, and takes nothing but true for yes", async () => {
  const { scheduler, clock } = testScheduler();
  const answers: unknown[] = [true, false, undefined, null, 1, "yes", {}, { error: "no" }];

  const verdicts = [];
  for (const answer of answers) {
    verdicts.push(await settle(Promise.resolve(answer as boolean), NEVER, scheduler, 1_000));
  }

  assertEquals(verdicts, [true, ...Array(7).fill(false)]);
  assertEquals([await settle(true, NEVER, scheduler, 1_000), clock.pending], [true, 0]);
});

Deno.test("settle() gives the error of a check that fails", async () => {
  const { scheduler } = testScheduler();
  const error = new Error("no");

  assertEquals(await settle(Promise.reject(error), NEVER, scheduler, 0), { error });
});

Deno.test("settle() waits no longer than it may, and a failure after that harms nobody", async () => {
  const { scheduler, clock } = testScheduler();
  const answer = Promise.withResolvers<boolean>();
  let verdict: unknown;

  settle(answer.promise, NEVER, scheduler, 1_000).then((each) => verdict = each);
  await clock.advance(950);
  assertEquals(verdict, undefined);
  await clock.advance(100);
  answer.reject(new Error("late"));
  await clock.advance(0);

  assertInstanceOf((verdict as { error: unknown }).error, Error);
  assertEquals([(verdict as { error: Error }).error.message, clock.pending], [
    "The check has not answered in 1000 ms",
    0,
  ]);
});

Deno.test("settle() waits for any time where there is no limit", async () => {
  const { scheduler, clock } = testScheduler();
  const answer = Promise.withResolvers<boolean>();
  let verdict: unknown;

  settle(answer.promise, NEVER, scheduler, 0).then((each) => verdict = each);
  await clock.advance(3_600_000);
  assertEquals([verdict, clock.pending], [undefined, 0]);
  answer.resolve(true);
  await clock.advance(0);

  assertEquals(verdict, true);
});

Deno.test("settle() waits for nobody who has left, before or meanwhile", async () => {
  const { scheduler, clock } = testScheduler();
  const leaving = new AbortController();
  const forEver = new Promise<boolean>(() => {});

  const verdict = settle(forEver, leaving.signal, scheduler, 0);
  leaving.abort();

  assertEquals([await verdict, await settle(forEver, leaving.signal, scheduler, 1_000)], [false, false]);
  assertEquals(clock.pending, 0);
});
