import { assertEquals } from "@std/assert";
import { readDebug } from "../../src/server/debug_variable.ts";

for (
  const [value, shown, hidden] of [
    ["websocket:*", ["websocket:server", "websocket:access", "websocket:a:b"], ["websocket", "http:server"]],
    ["websocket:server", ["websocket:server"], ["websocket:server2", "websocket:access"]],
    ["http,websocket:access", ["websocket:access", "http"], ["websocket:server"]],
    ["http  websocket:access\t", ["websocket:access", "http"], ["websocket:server"]],
    ["*", ["websocket:server", "anything"], []],
    ["*:server", ["websocket:server"], ["websocket:access"]],
    ["-websocket:access,websocket:*", ["websocket:server"], ["websocket:access"]],
    ["websocket:*,-websocket:*", [], ["websocket:server"]],
    ["*,-*:access", ["websocket:server"], ["websocket:access"]],
    ["-websocket:access", [], ["websocket:server", "websocket:access"]],
    ["", [], ["websocket:server", ""]],
    [" , ,", [], ["websocket:server", ""]],
    ["websocket.server", [], ["websocket:server", "websocketxserver"]],
    ["web(socket", ["web(socket"], ["websocket"]],
    ["**a**", ["a", "xax"], ["b"]],
  ] as const
) {
  Deno.test(`readDebug() of ${JSON.stringify(value)}`, () => {
    const isWanted = readDebug(value);

    const wrong = [shown.filter((name) => !isWanted(name)), hidden.filter((name) => isWanted(name))];
    assertEquals(wrong, [[], []]);
  });
}

Deno.test("readDebug() of something with two names: either brings it in, either leaves it out", () => {
  const names = ["websocket:server", "switchboard:server"];

  assertEquals(
    ["websocket:*", "switchboard:server", "*", "*,-websocket:*", "*,-switchboard:server"].map((value) =>
      readDebug(value)(...names)
    ),
    [true, true, true, false, false],
  );
});
