import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createOutgoingCheck } from "../../src/client/outgoing.ts";
import { InvalidDataError } from "../../src/errors.ts";
import { compileContract, validate } from "../../src/protocol/contract_check.ts";
import type { Contract } from "../../src/protocol/contract.ts";
import { numberToText, pendingSchema, schema, something } from "./schemas.ts";

Deno.test("createOutgoingCheck() throws for data that is not valid, and tells where", () => {
  const check = createOutgoingCheck({ client: { say: numberToText } });

  const error = assertThrows(() => check("say", "x"), InvalidDataError, '"say" as its data is not valid at "a.0"');

  assertEquals([error.direction, error.type, error.issues], ["outgoing", "say", [
    { path: ["a", 0], message: "Expected a number" },
  ]]);
  assertEquals(check("say", 5), undefined);
});

Deno.test("createOutgoingCheck() looks at the data of requests too, and at nothing that the contract does not name", () => {
  const check = createOutgoingCheck({ client: { say: something }, requests: { ask: { data: numberToText }, now: {} } });

  assertThrows(() => check("ask", "x"), InvalidDataError);
  for (const type of ["now", "other", "constructor", "toString", "__proto__", "$value"]) {
    assertEquals(check(type, undefined), undefined);
  }
});

Deno.test("createOutgoingCheck() says nothing where the contract has nothing", () => {
  assertEquals(createOutgoingCheck({})("a", 1), undefined);
});

Deno.test("createOutgoingCheck() finds the same schemas as the server's half of the contract", async () => {
  const contract: Contract = {
    client: { say: numberToText, any: something },
    server: { said: numberToText },
    requests: { ask: { data: numberToText }, both: { data: numberToText, from: "both" }, now: {} },
  };
  const check = createOutgoingCheck(contract);
  const { outgoing } = compileContract(contract, "client");

  for (const type of ["say", "any", "ask", "both", "now", "said", "other"]) {
    for (const data of [1, "x", undefined, null]) {
      const found = outgoing(type);
      const isValid = found === undefined || (await validate(found, data)).ok;
      let passes = true;
      try {
        check(type, data);
      } catch {
        passes = false;
      }
      // Types that a client does not send are for the compiler.
      if (type !== "said") assertEquals([type, data, passes], [type, data, isValid]);
    }
  }
});

Deno.test("createOutgoingCheck() gives a promise where the schema is async, which rejects for data that is not valid", async () => {
  const { schema: pending, verdicts } = pendingSchema();
  const check = createOutgoingCheck({ client: { say: pending } });

  const [good, bad] = [check("say", 1), check("say", 2)];
  verdicts[0]?.resolve({ value: 1 });
  verdicts[1]?.resolve({ issues: [{ message: "No" }] });

  assertEquals(await good, undefined);
  await assertRejects(() => bad!, InvalidDataError, 'at ""');
});

Deno.test("createOutgoingCheck() lets messages go in their order, and is sync again afterwards", async () => {
  const { schema: pending, verdicts } = pendingSchema();
  const check = createOutgoingCheck({ client: { slow: pending, fast: schema((value) => ({ value })) } });
  const order: string[] = [];
  const note = (name: string) => () => void order.push(name);

  const all = [
    check("slow", 1)?.then(note("slow 1")),
    check("slow", 2)?.then(note("slow 2"), note("slow 2 failed")),
    check("fast", 3)?.then(note("fast 3")),
  ];
  verdicts[1]?.resolve({ issues: [{ message: "No" }] });
  await Promise.resolve();
  verdicts[0]?.resolve({ value: 1 });
  await Promise.all(all);
  for (let i = 0; i < 10; i++) await Promise.resolve();

  assertEquals(new Set(order), new Set(["slow 1", "slow 2 failed", "fast 3"]));
  assertEquals([order.indexOf("slow 1") < order.indexOf("fast 3"), check("fast", 4)], [true, undefined]);
});

Deno.test("createOutgoingCheck() throws at once for a sync schema while others still wait", () => {
  const { schema: pending } = pendingSchema();
  const check = createOutgoingCheck({ client: { slow: pending, say: numberToText } });
  check("slow", 1);

  assertThrows(() => check("say", "x"), InvalidDataError);
});
