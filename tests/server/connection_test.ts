/** Tests of a connection's public face. */

import { assertEquals, assertMatch, assertNotEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decodeTime } from "@std/ulid";
import { connect } from "../../src/testing/mod.ts";
import { Rig } from "./tools/rig.ts";

Deno.test("WebSocketConnection tells all that is known of the request", async () => {
  const rig = new Rig({ path: "/ws/:room", protocols: ["chat"] });
  await using _client = await connect(rig.server, {
    url: "/ws/a%20b?token=1",
    headers: { "user-agent": "test/1", "cookie": "a=1; b=2", "x-more": "3" },
    protocols: ["chat"],
    remoteAddr: "192.0.2.7",
  });

  const [conn] = rig.server.connections;
  assertEquals([conn!.url, conn!.params.room, conn!.remoteAddr], [
    "http://localhost/ws/a%20b?token=1",
    "a b",
    "192.0.2.7",
  ]);
  assertEquals([conn!.userAgent, conn!.cookies.b, conn!.headers.get("x-more")], ["test/1", "2", "3"]);
  assertEquals([conn!.protocol, conn!.isManaged, conn!.state, conn!.isOpen], ["chat", false, "open", true]);
});

Deno.test("WebSocketConnection.id is a ULID of the time of the connection, each its own", async () => {
  const rig = new Rig();
  const { connection } = rig.peer();
  const madeAt = rig.clock.date();
  await rig.clock.advance(60_000);

  assertMatch(connection.id, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  assertEquals(decodeTime(connection.id), madeAt);
  assertNotEquals(connection.id, rig.peer().connection.id);
  assertStrictEquals(rig.server.getConnection(connection.id), connection);
});

Deno.test("WebSocketConnection tells when it came, and how long that is ago", async () => {
  const rig = new Rig();
  const { connection } = rig.peer();

  await rig.clock.advance(90_500);

  assertEquals([connection.connectedAt.toISOString(), connection.uptimeMs], ["2030-01-01T00:00:00.000Z", 90_500]);
});

Deno.test("WebSocketConnection.data is an object to fill, its own, unless the application makes it", () => {
  const rig = new Rig();
  const [a, b] = [rig.peer().connection, rig.peer().connection];

  a.data.name = "Ada";
  b.data = { name: "Bob" };

  assertEquals([a.data, b.data], [{ name: "Ada" }, { name: "Bob" }]);
});

Deno.test("WebSocketConnection.close() checks the code and cuts the reason", () => {
  const { socket, connection } = new Rig().peer();

  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 1000.5, NaN]) {
    assertThrows(() => connection.close(code), RangeError, `current value is ${code}`);
  }
  assertThrows(() => connection.close(1000, 5 as unknown as string), TypeError, "the reason must be a string");
  assertEquals([connection.isOpen, socket.closes], [true, []]);
  connection.close(4999, "ä".repeat(100));

  assertEquals(socket.closes, [[4999, "ä".repeat(61)]]);
});

Deno.test("WebSocketConnection.close() says 1000 and nothing when nothing is said", () => {
  const { socket, connection } = new Rig().peer();

  connection.close();
  connection.close(4000);

  assertEquals([socket.closes, connection.state], [[[1000, ""]], "closing"]);
});

Deno.test("WebSocketConnection.bufferedAmount and socket are those of the socket", () => {
  const { socket, connection } = new Rig().peer();
  socket.bufferedAmount = 77;

  assertEquals(connection.bufferedAmount, 77);
  assertStrictEquals(connection.socket, socket);
});
