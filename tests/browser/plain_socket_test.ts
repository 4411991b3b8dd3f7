/**
 * A page's own `new WebSocket`, without anything of ours: it exchanges text, JSON and binary with the server, and finds
 * nothing in its data but what the application sent.
 */

import { WebSocketServer } from "@switchboard/websocket";
import { assertEquals } from "@std/assert";
import { CHROMIUM, Chromium } from "./chromium.ts";

/** What the page sends, in this order; bytes as a list of numbers. */
const SENT: readonly (string | readonly number[])[] = [
  "plain text, höher als ASCII: 🎈",
  '{"type":"chat","data":{"text":"hello"},"extra":[1,2]}',
  '{"no":"type"}',
  '["a","list"]',
  "42",
  '{"type":"$hello"}',
  [0, 1, 2, 253, 254, 255],
  [],
  "",
];

/** What the application must have been given for it. */
const UNDERSTOOD = [
  { type: "text", data: "plain text, höher als ASCII: 🎈" },
  { type: "chat", data: { text: "hello" }, extra: [1, 2] },
  { type: "text", data: '{"no":"type"}' },
  { type: "text", data: '["a","list"]' },
  { type: "text", data: "42" },
  { type: "text", data: '{"type":"$hello"}' },
  { type: "binary", data: [0, 1, 2, 253, 254, 255] },
  { type: "binary", data: [] },
  { type: "text", data: "" },
];

/** What the page must have received: every frame, and no other. */
const RECEIVED = [
  '{"type":"welcome"}',
  "plain text, höher als ASCII: 🎈",
  '{"type":"chat","data":{"text":"hello"},"extra":[1,2]}',
  '{"no":"type"}',
  '["a","list"]',
  "42",
  '{"type":"$hello"}',
  [0, 1, 2, 253, 254, 255],
  [],
  "",
  '{"type":"everybody"}',
  '{"type":"pong","data":7}',
];

/** What runs in the page. It ends the connection when the answer to its last message is there. */
const SCRIPT = `new Promise((resolve) => {
  const socket = new WebSocket("/ws");
  socket.binaryType = "arraybuffer";
  const received = [];
  socket.onopen = () => {
    for (const each of ${JSON.stringify(SENT)}) socket.send(typeof each === "string" ? each : new Uint8Array(each));
    socket.send('{"type":"announce"}');
    socket.send('{"type":"ping","data":7}');
  };
  socket.onmessage = ({ data }) => {
    received.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
    if (data === '{"type":"pong","data":7}') socket.close(4000, "done");
  };
  socket.onclose = ({ code, reason, wasClean }) => {
    resolve({ received, protocol: socket.protocol, code, reason, wasClean });
  };
})`;

Deno.test({
  name: "a page's plain WebSocket exchanges text, JSON and binary, and nothing of ours appears in its data",
  ignore: CHROMIUM.ignore,
  async fn() {
    const understood: unknown[] = [];
    const closed = Promise.withResolvers<unknown>();
    await using server = new WebSocketServer({
      path: "/ws",
      handlers: {
        onConnect: (conn) => {
          conn.send({ type: "welcome" });
        },
        onMessage: (conn, message) => {
          if (message.type === "announce") return void server.broadcast({ type: "everybody" });
          const { type, data } = message;
          understood.push(data instanceof Uint8Array ? { type, data: [...data] } : message);
          conn.send(type === "text" || type === "binary" ? data : message);
        },
        onClose: (_conn, { code, reason, wasClean }) => closed.resolve({ code, reason, wasClean }),
      },
    });
    await using http = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request, info) =>
        server.handleUpgrade(request, info) ??
          new Response("<!DOCTYPE html><link rel=icon href=data:>", { headers: { "content-type": "text/html" } }),
    );
    await using chromium = await Chromium.start();
    const page = await chromium.open(`http://127.0.0.1:${http.addr.port}/`);

    const result = await page.evaluate(SCRIPT);

    assertEquals(result, { received: RECEIVED, protocol: "", code: 4000, reason: "done", wasClean: true });
    assertEquals(understood, UNDERSTOOD);
    assertEquals(await closed.promise, { code: 4000, reason: "done", wasClean: true });
    assertEquals(chromium.mishaps, []);
  },
});
