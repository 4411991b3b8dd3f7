/**
 * One contract with the same order in the words of three schema libraries, and with schemas that are slow, fail or say too
 * much.
 *
 * Loaded by the one configuration that needs it, as the libraries take their time.
 *
 * @module
 */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import type { WebSocketServer } from "../../../src/server/mod.ts";
import type { Contract } from "../../../src/protocol/mod.ts";
import type { ChildChannel } from "./child_channel.ts";
import { SECRET } from "./faulty_messages.ts";
import { reporting } from "./reports.ts";

const zodOrder = z.strictObject({
  name: z.string().max(20),
  count: z.int().min(1).max(100),
  place: z.strictObject({ city: z.string() }),
});

const valibotOrder = v.strictObject({
  name: v.pipe(v.string(), v.maxLength(20)),
  count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
  place: v.strictObject({ city: v.string() }),
});

const arktypeOrder = type({
  "+": "reject",
  name: "string <= 20",
  count: "1 <= number.integer <= 100",
  place: { "+": "reject", city: "string" },
});

/** What a client may say, and be asked. */
export const CONTRACT: Contract = {
  client: { "zod.note": zodOrder, "valibot.note": valibotOrder, "arktype.note": arktypeOrder },
  requests: {
    "zod.order": { data: zodOrder },
    "valibot.order": { data: valibotOrder },
    "arktype.order": { data: arktypeOrder },
    /** Decides later. */
    "zod.slow_order": {
      data: zodOrder.refine((order) => Promise.resolve(order.name !== "nobody"), { path: ["name"] }),
    },
    /** Names of members are the peer's own. */
    "zod.scores": { data: z.record(z.string(), z.number()) },
    "schema.throws": { data: schema(() => fail()) },
    "schema.rejects": { data: schema(() => Promise.reject(new Error(SECRET))) },
    /** Has objects where text is expected, and paths without end. */
    "schema.rambles": { data: schema((value) => ({ issues: ramble(value) })) },
    "ask_me": {},
    "question": { from: "server", reply: zodOrder },
  },
  rooms: { "zod/{id}": { data: zodOrder }, "arktype/{id}": { data: arktypeOrder }, "plain/{id}": {} },
};

/** Adds a handler for every request of the contract, which answers with what the schema made of the data. */
export function addContractHandlers(server: WebSocketServer, channel: ChildChannel): void {
  for (const [type, { from = "client" }] of Object.entries(CONTRACT.requests ?? {})) {
    if (from === "server" || type === "ask_me") continue;
    server.handle(type, reporting(channel, (data) => data));
  }
  server.handle(
    "ask_me",
    reporting(channel, (_data, { connection }) => connection.request("question", undefined, ASKING)),
  );
  for (const pattern of Object.keys(CONTRACT.rooms ?? {})) server.room(pattern);
}

/** Nobody shall wait long for a peer that does not answer. */
const ASKING = { timeoutMs: 200 };

type Result = StandardSchemaV1.Result<unknown>;

function schema(validate: (value: unknown) => Result | Promise<Result>): StandardSchemaV1 {
  return { "~standard": { version: 1, vendor: "hostile", validate } };
}

function fail(): never {
  throw new Error(SECRET);
}

/** A hundred issues, whose paths hold what the peer sent, a hundred times over. */
function ramble(value: unknown): StandardSchemaV1.Issue[] {
  const step = String(value).repeat(100);
  const path = [Symbol(step), { key: step }, 7, NaN, ...Array.from({ length: 100 }, () => step)];
  return Array.from({ length: 100 }, () => ({ message: `${step} is not what it should be`, path }));
}
