/** Tests of a pair of sockets in trouble: ends that do not read, and broken connections. */

import { assertEquals } from "@std/assert";
import { CLOSED, OPEN } from "../../src/internal/socket_like.ts";
import { SocketPair } from "../../src/testing/mod.ts";
import { openPair, record, states } from "./tools/recorded_pair.ts";

Deno.test("PairedSocket.bufferedAmount is what the other end has not read, and 0 when not open", () => {
  const { pair } = openPair();

  pair.server.send("äöü");
  pair.server.send(new Uint8Array(10));
  assertEquals([pair.server.bufferedAmount, pair.client.bufferedAmount], [16, 0]);
  pair.deliver();
  assertEquals(pair.server.bufferedAmount, 10);
  pair.server.close();

  assertEquals(pair.server.bufferedAmount, 0);
});

Deno.test("PairedSocket.stall() leaves messages and the close unread until resume()", () => {
  const { pair, log } = openPair();

  pair.client.stall();
  pair.server.send("12345");
  pair.server.close(1001);
  assertEquals([pair.deliverAll(), log.length, pair.client.waiting, pair.client.isStalled], [0, 0, 2, true]);
  pair.client.resume();
  pair.deliverAll();

  assertEquals(log, ["client message 12345", 'client close 1001 "" clean', 'server close 1001 "" clean']);
  assertEquals(pair.client.isStalled, false);
});

Deno.test("PairedSocket.stall() holds up one direction only", () => {
  const { pair, log } = openPair();

  pair.client.stall();
  pair.client.send("still talking");
  pair.deliverAll();

  assertEquals(log, ["server message still talking"]);
});

Deno.test("PairedSocket.read() reads so many frames and no more", () => {
  const { pair, log } = openPair();

  pair.client.stall();
  for (const text of ["1", "2", "3"]) pair.server.send(text);
  pair.client.read(2);
  pair.deliverAll();

  assertEquals(log, ["client message 1", "client message 2"]);
  assertEquals(pair.server.bufferedAmount, 1);
});

Deno.test("SocketPair.cut() tells both ends without a close frame, and loses what was on its way", () => {
  const { pair, log } = openPair();

  pair.server.send("lost");
  pair.client.stall();
  pair.cut();
  pair.cut();
  pair.deliverAll();

  assertEquals(log, ['server close 0 "" broken', 'client close 1006 "" broken']);
  assertEquals([states(pair), pair.server.bufferedAmount], [[CLOSED, CLOSED], 0]);
});

Deno.test("SocketPair.cut() with a message is an error before the close", () => {
  const { pair, log } = openPair();

  pair.cut("connection reset");
  pair.deliverAll();

  assertEquals(log, [
    "server error connection reset",
    'server close 0 "" broken',
    "client error connection reset",
    'client close 1006 "" broken',
  ]);
});

Deno.test("SocketPair.cut() does nothing to ends that are closed", () => {
  const { pair, log } = openPair();
  pair.client.close();
  pair.deliverAll();
  log.length = 0;

  pair.cut();

  assertEquals([pair.deliverAll(), log], [0, []]);
});

Deno.test("SocketPair.cut() may be heard of by one end alone, and by the other later", () => {
  const { pair, log } = openPair();

  pair.server.send("lost");
  pair.cut(undefined, "client");
  pair.deliverAll();
  pair.server.send("lost too");
  assertEquals([pair.deliverAll(), pair.server.bufferedAmount, states(pair)], [0, 12, [OPEN, CLOSED]]);
  pair.cut(undefined, "server");
  pair.deliverAll();

  assertEquals(log, ['client close 1006 "" broken', 'server close 0 "" broken']);
});

Deno.test("SocketPair with a network between hands it all that is sent, and takes what arrives", () => {
  const onWay: (readonly [to: string, bytes: number, arrive: () => void])[] = [];
  const pair = new SocketPair({ delivery: "manual", carry: (...what) => void onWay.push(what) });
  const log = record(pair);

  pair.open();
  pair.deliverAll();
  pair.server.send("welcome");
  assertEquals([log.splice(0), pair.server.bufferedAmount], [["server open"], 7]);
  for (const [, , arrive] of onWay.splice(0)) arrive();
  pair.deliverAll();
  pair.client.close(1000);
  assertEquals([log, onWay.map(([to, bytes]) => [to, bytes])], [["client open", "client message welcome"], [[
    "server",
    0,
  ]]]);
});
