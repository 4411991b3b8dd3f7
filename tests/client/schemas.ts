/**
 * Schemas for tests: a few lines that keep the Standard Schema interface, sync or async.
 *
 * @module
 */

import type { Schema } from "../../src/protocol/contract.ts";

/** Takes numbers, and makes them text with `n` in front. */
export const numberToText: Schema<number, string> = schema((value) =>
  typeof value === "number"
    ? { value: `n${value}` }
    : { issues: [{ message: "Expected a number", path: ["a", { key: 0 }] }] }
);

/** Takes what is not undefined or null, and leaves it as it is. */
export const something: Schema = schema((value) =>
  value === undefined || value === null ? { issues: [{ message: "Expected something" }] } : { value }
);

/** Throws. */
export const broken: Schema = schema(() => {
  throw new Error("broken schema");
});

type Verdict = { value: unknown } | { issues: { message: string; path?: (PropertyKey | { key: PropertyKey })[] }[] };

/** Makes a schema. */
export function schema<Input, Output = Input>(validate: (value: unknown) => Verdict): Schema<Input, Output> {
  return { "~standard": { version: 1, vendor: "test", validate: validate as never } };
}

/** A schema whose verdicts are given by the test, one by one, in whatever order. */
export function pendingSchema(): { schema: Schema; verdicts: PromiseWithResolvers<Verdict>[] } {
  const verdicts: PromiseWithResolvers<Verdict>[] = [];
  const validate = () => {
    const verdict = Promise.withResolvers<Verdict>();
    verdicts.push(verdict);
    return verdict.promise as never;
  };
  return { schema: { "~standard": { version: 1, vendor: "test", validate } }, verdicts };
}
