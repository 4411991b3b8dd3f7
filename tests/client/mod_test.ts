import { assertEquals, assertThrows } from "@std/assert";
import { WebSocketClient } from "../../src/client/mod.ts";
import { WebSocketClient as PlainClient } from "../../src/client/plain.ts";
import { FakePlatform } from "./fakes.ts";

const url = "ws://localhost/ws";

Deno.test("WebSocketClient of ./client speaks the managed protocol unless it is told otherwise", async () => {
  const offered: (readonly string[])[] = [];
  for (const config of [{}, { protocol: "managed" }, { protocol: "plain" }] as const) {
    const platform = new FakePlatform();
    new WebSocketClient({ url, platform, ...config }).connect();
    offered.push((await platform.nextSocket()).protocols);
  }

  assertEquals(offered, [["switchboard.v1"], ["switchboard.v1"], []]);
});

Deno.test("WebSocketClient of ./client/plain speaks the plain protocol", async () => {
  const platform = new FakePlatform();
  new PlainClient({ url, platform, protocol: "plain" }).connect();

  assertEquals((await platform.nextSocket()).protocols, []);
});

Deno.test("WebSocketClient refuses a protocol that it does not speak", () => {
  assertThrows(() => new WebSocketClient({ url, protocol: "soap" as "plain" }), TypeError, '"managed" or "plain"');
  assertThrows(() => new PlainClient({ url, protocol: "managed" as "plain" }), TypeError, '"plain"');
});

for (const Client of [WebSocketClient, PlainClient]) {
  Deno.test(`new WebSocketClient() throws for a missing or bad url (${Client === PlainClient ? "plain" : "managed"})`, () => {
    assertThrows(() => new Client({} as { url: string }), TypeError, "url");
    assertThrows(() => new Client({ url: "nowhere" }), TypeError, "url");
    assertThrows(() => new Client(undefined as unknown as { url: string }), TypeError);
  });
}
