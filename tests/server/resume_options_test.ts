/** Tests of the option `resume`: its defaults, and what is refused. */

import { assertEquals, assertThrows } from "@std/assert";
import { OptionChecks } from "../../src/internal/checks.ts";
import { resolveResume, RESUME_DEFAULTS, type ResumeOptions } from "../../src/server/resume_options.ts";

const checks = new OptionChecks("test");

function resolve(resume: unknown) {
  return resolveResume(resume as ResumeOptions | false | undefined, checks);
}

/** What is refused, and what the error says of it. */
const BAD: readonly (readonly [resume: unknown, kind: typeof TypeError | typeof RangeError, text: string])[] = [
  [null, TypeError, '"resume" must be an object or false: current value is null'],
  [true, TypeError, '"resume" must be an object or false: current value is true'],
  [120_000, TypeError, '"resume" must be an object or false: current value is 120000'],
  [{ windowSeconds: 1 }, TypeError, 'resume has no option "windowSeconds": known are windowMs, maxSuspended'],
  [{ windowMs: "1" }, TypeError, '"resume.windowMs" must be a number from 1 to 2147483647: current value is "1"'],
  [{ windowMs: 0 }, RangeError, '"resume.windowMs" must be a number from 1 to 2147483647: current value is 0'],
  [{ windowMs: 2 ** 31 }, RangeError, '"resume.windowMs" must be'],
  [{ windowMs: Infinity }, RangeError, '"resume.windowMs" must be'],
  [{ maxSuspended: 0 }, RangeError, '"resume.maxSuspended" must be a whole number of at least 1, or Infinity'],
  [{ maxSuspended: 1.5 }, RangeError, '"resume.maxSuspended" must be'],
  [{ maxSuspendedPerAddress: -1 }, RangeError, '"resume.maxSuspendedPerAddress" must be'],
  [{ maxMessages: 0 }, RangeError, '"resume.maxMessages" must be'],
  [{ maxBytes: null }, TypeError, '"resume.maxBytes" must be'],
  [{ data: {} }, TypeError, '"resume.data" must be a function: current value is an object'],
];

Deno.test("resolveResume() has defaults, takes numbers in their place, and is off for false", () => {
  const data = (kept: Record<string, unknown>) => kept;

  assertEquals([undefined, {}].map(resolve), Array(2).fill({ ...RESUME_DEFAULTS, data: undefined }));
  assertEquals(resolve({ windowMs: 5, maxSuspended: Infinity, data }), {
    ...RESUME_DEFAULTS,
    windowMs: 5,
    maxSuspended: Infinity,
    data,
  });
  assertEquals(resolve(false).windowMs, 0);
});

Deno.test("resolveResume() refuses what cannot be meant, and says what can", async (t) => {
  for (const [resume, kind, text] of BAD) {
    await t.step(JSON.stringify(resume), () => {
      assertThrows(() => resolve(resume), kind, text);
    });
  }
});
