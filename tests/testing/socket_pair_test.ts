/** Tests of the pair of sockets: states, order, and the closing handshake. */

import { assertEquals, assertThrows } from "@std/assert";
import { CLOSED, CLOSING, CONNECTING, OPEN } from "../../src/internal/socket_like.ts";
import { type PairedSocket, SocketPair } from "../../src/testing/mod.ts";
import { openPair, record, states } from "./tools/recorded_pair.ts";

Deno.test("SocketPair.open() opens the server's end first, and what it sends at once arrives after the client's opening", () => {
  const pair = new SocketPair({ delivery: "manual" });
  const log = record(pair);
  pair.server.addEventListener("open", { handleEvent: () => pair.server.send("welcome") });

  assertEquals(states(pair), [CONNECTING, CONNECTING]);
  pair.open();
  pair.deliverAll();

  assertEquals(log, ["server open", "client open", "client message welcome"]);
  assertEquals(states(pair), [OPEN, OPEN]);
});

Deno.test("SocketPair delivers each event by itself, without being asked, where delivery is left to it", async () => {
  const pair = new SocketPair();
  const log = record(pair);
  pair.open();
  pair.server.addEventListener("open", { handleEvent: () => pair.server.close(1000, "bye") });

  await pair.ended;

  assertEquals(log, ["server open", "client open", 'client close 1000 "bye" clean', 'server close 1000 "bye" clean']);
});

Deno.test("SocketPair goes on delivering when a listener threw", async () => {
  const pair = new SocketPair();
  let caught: unknown;
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    caught = event.error;
  };
  globalThis.addEventListener("error", onError);
  pair.open();
  pair.server.addEventListener("open", {
    handleEvent: () => {
      throw new Error("listener");
    },
  });
  pair.client.addEventListener("open", { handleEvent: () => pair.client.close() });

  await pair.ended;

  globalThis.removeEventListener("error", onError);
  assertEquals((caught as Error).message, "listener");
});

Deno.test("PairedSocket.send() keeps the order of text and bytes, in both directions", () => {
  const { pair, log } = openPair();

  pair.client.send("1");
  pair.server.send("a");
  pair.client.send(Uint8Array.of(2, 3));
  pair.client.send("");
  pair.deliverAll();

  assertEquals(log, ["server message 1", "client message a", "server message 2,3", "server message "]);
});

Deno.test("PairedSocket.send() takes the bytes as they are at the call, and a view without its surroundings", () => {
  const { pair, log } = openPair();
  const bytes = Uint8Array.of(9, 1, 2, 9);

  pair.client.send(bytes.subarray(1, 3));
  bytes.fill(0);
  pair.deliverAll();

  assertEquals(log, ["server message 1,2"]);
});

Deno.test("PairedSocket.send() throws before the socket is open and does nothing when it is no longer", () => {
  const connecting = new SocketPair({ delivery: "manual" });
  assertThrows(() => connecting.client.send("x"), DOMException, "not open yet");

  const { pair, log } = openPair();
  pair.client.close();
  pair.client.send("x");
  pair.deliverAll();
  pair.client.send("x");
  pair.deliverAll();

  assertEquals(log, ['server close 1005 "" clean', 'client close 1005 "" clean']);
});

Deno.test("PairedSocket delivers bytes as a Blob until it is told otherwise, as sockets do", async () => {
  const pair = new SocketPair({ delivery: "manual" });
  pair.open();
  let data: unknown;
  pair.client.addEventListener("message", { handleEvent: (event) => data = event.data });
  pair.deliverAll();

  pair.server.send(Uint8Array.of(1, 2));
  pair.deliverAll();

  assertEquals(await (data as Blob).bytes(), Uint8Array.of(1, 2));
});

Deno.test("PairedSocket.close() walks both ends through the handshake, with the code and the reason", () => {
  const { pair, log } = openPair();

  pair.server.close(4000, "why");
  assertEquals(states(pair), [CLOSING, OPEN]);
  pair.deliver();
  assertEquals(states(pair), [CLOSING, CLOSED]);
  pair.deliver();

  assertEquals(states(pair), [CLOSED, CLOSED]);
  assertEquals(log, ['client close 4000 "why" clean', 'server close 4000 "why" clean']);
});

Deno.test("PairedSocket.close() lets what was sent before arrive before", () => {
  const { pair, log } = openPair();

  pair.server.send("last");
  pair.server.close();
  pair.deliverAll();

  assertEquals(log[0], "client message last");
});

Deno.test("PairedSocket.close() at both ends at once gives each the code of the other", () => {
  const { pair, log } = openPair();

  pair.server.close(4001);
  pair.client.close(4002);
  pair.deliverAll();

  assertEquals(log, ['client close 4001 "" clean', 'server close 4002 "" clean']);
});

Deno.test("PairedSocket.close() before the socket is open breaks the connection", () => {
  const pair = new SocketPair({ delivery: "manual" });
  const log = record(pair);

  pair.client.close();
  pair.open();
  pair.deliverAll();

  const error = "error The socket was closed before it was open";
  assertEquals(log, [`server ${error}`, 'server close 0 "" broken', `client ${error}`, 'client close 1006 "" broken']);
});

Deno.test("PairedSocket.close() does nothing the second time", () => {
  const { pair, log } = openPair();

  pair.client.close(4000);
  pair.client.close(4001);
  pair.deliverAll();
  pair.client.close(4002);
  pair.deliverAll();

  assertEquals(log, ['server close 4000 "" clean', 'client close 4000 "" clean']);
});

Deno.test("PairedSocket.close() refuses codes and reasons that must not be on the wire", () => {
  const { pair } = openPair();
  const refused: [PairedSocket, number][] = [
    [pair.server, 1005],
    [pair.server, 1006],
    [pair.server, 999],
    [pair.client, 1001],
    [pair.client, 1006],
    [pair.client, 5000],
  ];

  for (const [socket, code] of refused) assertThrows(() => socket.close(code), DOMException, String(code));
  assertThrows(() => pair.server.close(1000, "ä".repeat(62)), DOMException, "123 bytes");

  assertEquals(states(pair), [OPEN, OPEN]);
});

Deno.test("PairedSocket.removeEventListener() takes a listener off, and adding one twice counts once", () => {
  const { pair } = openPair();
  let count = 0;
  const listener = { handleEvent: () => void count++ };
  pair.client.addEventListener("message", listener);
  pair.client.addEventListener("message", listener);

  pair.server.send("1");
  pair.deliverAll();
  pair.client.removeEventListener("message", listener);
  pair.server.send("2");
  pair.deliverAll();

  assertEquals(count, 1);
});

Deno.test("SocketPair tells the subprotocol at the client's end only, as native server sockets do not know it", () => {
  const { server, client } = new SocketPair({ protocol: "chat" });

  assertEquals([server.protocol, client.protocol], ["", "chat"]);
});
