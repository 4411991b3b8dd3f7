/**
 * The guest book whose server and page share a contract, as programs meet it that are not its page.
 */

import { InvalidDataError, WebSocketClient } from "@switchboard/websocket/client";
import { assertEquals, assertRejects } from "@std/assert";
import { contract } from "../../examples/contract/contract.ts";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

function run(): Promise<Program> {
  return Program.runExample("contract/server.ts", { flags: ["--allow-read=.", "--allow-run"] });
}

Deno.test("examples/contract gives a program that shares the contract typed and checked messages", async () => {
  await using program = await run();
  const signed = Promise.withResolvers<{ name: string; text: string; at: string }>();
  await using client = new WebSocketClient({ url: program.socketUrl, contract, validateOutgoing: true });
  client.handle("signed", signed.resolve);
  await client.connect();

  assertEquals(await client.request("sign", { name: " Ann ", text: "What a nice book" }), { number: 1 });

  const entry = await signed.promise;
  assertEquals([entry.name, entry.text, new Date(entry.at).toISOString()], ["Ann", "What a nice book", entry.at]);
  assertEquals(await client.request("entries", { last: 10 }), [entry]);
  const error = await assertRejects(() => client.request("sign", { name: "Ann", text: "" }), InvalidDataError);
  assertEquals([error.direction, error.issues.map(({ path }) => path)], ["outgoing", [["text"]]]);
});

Deno.test("examples/contract tells others where their data is wrong, and nothing else", async () => {
  await using program = await run();
  await using peer = await Peer.connect(program.socketUrl);

  peer.send({ type: "sign", id: 1, data: { name: "Eve", text: 5 } });
  peer.send({ type: "sign", id: 2, data: { name: "Eve", text: "fine", extra: "dropped" } });

  assertEquals(await peer.next(), {
    type: "error",
    id: 1,
    error: {
      code: "invalid_data",
      message: 'The data is not valid at "text"',
      data: { issues: [{ path: ["text"] }] },
    },
  });
  const signed = await peer.next() as { type: string; data: Record<string, unknown> };
  assertEquals([signed.type, Object.keys(signed.data)], ["signed", ["name", "text", "at"]]);
  assertEquals(await peer.next(), { type: "reply", id: 2, data: { number: 1 } });
});
