/**
 * Holds what is sent to the contract, at once where the schema is sync, and in order where it is not. Pure.
 *
 * It is small, and loaded with the client. What has to be known of a contract for what arrives is in `gate.ts`.
 *
 * @module
 */

import { InvalidDataError } from "../errors.ts";
import type { Contract, Schema } from "../protocol/contract.ts";

/**
 * Checks the data of a message that is to be sent. Returns a promise where the schema is async, or an earlier check still
 * runs: it resolves when this message may go.
 *
 * @throws {InvalidDataError} If it is not what the contract says; from the promise where there is one.
 */
export type OutgoingCheck = (type: string, data: unknown) => Promise<void> | undefined;

/** Makes a check of what a client sends. */
export function createOutgoingCheck({ client, requests }: Contract): OutgoingCheck {
  /** Resolves when what was sent before may go; there is none while nothing is being checked. */
  let last: Promise<void> | undefined;

  return (type, data) => {
    const schema = own(client, type) ?? own(requests, type)?.data;
    const checking = schema && check(schema, type, data);
    if (!checking && !last) return undefined;
    const passed = Promise.all([checking, last]).then(() => {});
    const settled: Promise<void> = passed.catch(() => {}).then(() => {
      if (last === settled) last = undefined;
    });
    last = settled;
    return passed;
  };
}

type Result = Awaited<ReturnType<Schema["~standard"]["validate"]>>;

function check(schema: Schema, type: string, data: unknown): Promise<void> | undefined {
  const result = schema["~standard"].validate(data);
  if ("then" in result) return result.then((each) => judge(each, type));
  judge(result, type);
  return undefined;
}

function judge({ issues }: Result, type: string): void {
  if (!issues) return;
  const places = issues.map(({ path = [], message }) => ({
    path: path.map((step) => {
      const key = typeof step === "object" ? step.key : step;
      return typeof key === "number" ? key : String(key);
    }),
    message,
  }));
  const text = `Cannot send "${type}" as its data is not valid at "${places[0]?.path.join(".") ?? ""}"`;
  throw new InvalidDataError(text, "outgoing", type, places);
}

/** A member by its own name: types may be called as what every object has. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}
