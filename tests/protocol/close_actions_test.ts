import { assertEquals } from "@std/assert";
import { closeAction } from "../../src/protocol/close_actions.ts";
import { VECTORS } from "./vectors.ts";

Deno.test("closeAction() says for every number what the table says, and stop for all that it does not know", () => {
  const known = new Map(VECTORS.closeCodes.map(({ code, action }) => [code, action]));
  const wrong: number[] = [];

  for (let code = 0; code <= 65_535; code++) if (closeAction(code) !== (known.get(code) ?? "stop")) wrong.push(code);

  assertEquals(wrong, []);
});
