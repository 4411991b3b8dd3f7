/** Tests on a raw connection: what a plain peer is sent is what the application sent, byte for byte, and nothing else. */

import { assertEquals } from "@std/assert";
import { type Frame, OPCODE, textFrame } from "../hostile/harness/frames.ts";
import type { RawPeer } from "../hostile/harness/raw_peer.ts";
import { WatchedServer } from "./tools/watched_server.ts";

/** Every frame until the server's close, the runtime's pings left out: they are the protocol's own. */
async function framesUntilClose(peer: RawPeer): Promise<[opcode: number, payload: string][]> {
  const frames: [number, string][] = [];
  for (let frame: Frame | undefined = await peer.nextFrame(); frame !== undefined; frame = await peer.nextFrame()) {
    if (frame.opcode === OPCODE.ping) continue;
    if (frame.opcode === OPCODE.close) break;
    assertEquals([frame.isFinal, frame.rsv, frame.isMasked], [true, 0, false]);
    frames.push([frame.opcode, new TextDecoder().decode(frame.payload)]);
  }
  return frames;
}

Deno.test("a plain peer's frames are exactly what the application sent", async () => {
  await using watched = await WatchedServer.start({
    heartbeatInterval: 300,
    heartbeatTimeoutMs: 60_000,
    handlers: {
      onConnect: (conn) => {
        conn.send("text");
        conn.send({ type: "json", data: { b: 1, a: [null] } });
        conn.send(new TextEncoder().encode("bytes"));
        conn.send([1, "two"]);
      },
      onMessage: (conn, message) => {
        watched.server.broadcast({ type: "said", data: message.data });
        conn.broadcast("for others");
      },
    },
  });
  using peer = await watched.raw();
  await peer.nextResponse();
  await watched.next("connect");

  await peer.write(textFrame("hello"));
  const { connection } = await watched.next("message");
  connection.close();

  assertEquals(await framesUntilClose(peer), [
    [OPCODE.text, "text"],
    [OPCODE.text, '{"type":"json","data":{"b":1,"a":[null]}}'],
    [OPCODE.binary, "bytes"],
    [OPCODE.text, '[1,"two"]'],
    [OPCODE.text, '{"type":"said","data":"hello"}'],
  ]);
});

Deno.test("a plain peer gets something of ours as the answer to a message of its own that asks for one, and only then", async () => {
  await using watched = await WatchedServer.start({
    handlers: {
      onMessage: (conn, { type }) => {
        if (type === "fail") throw new Error("secret");
        if (type === "done") conn.close();
      },
    },
  });
  using peer = await watched.raw();
  await peer.nextResponse();

  for (
    const text of [
      "text",
      '{"type":"ping"}',
      '{"type":"ping","data":7}',
      '{"type":"fail"}',
      '{"type":"fail","id":"x"}',
      '{"type":"$hello"}',
      '{"type":"$ping"}',
      '[{"type":"a"}]',
      '{"type":"done"}',
    ]
  ) await peer.write(textFrame(text));

  assertEquals(await framesUntilClose(peer), [
    [OPCODE.text, '{"type":"pong"}'],
    [OPCODE.text, '{"type":"pong","data":7}'],
    [
      OPCODE.text,
      '{"type":"error","id":"x","error":{"code":"internal_error","message":"The server could not handle this message"}}',
    ],
  ]);
});

Deno.test("a plain peer beside a managed one gets nothing of the protocol", async () => {
  await using watched = await WatchedServer.start({ heartbeatInterval: 200, heartbeatTimeoutMs: 60_000 });
  using plain = await watched.raw();
  using managed = await watched.raw({ headers: { "Sec-WebSocket-Protocol": "switchboard.v1" } });
  await plain.nextResponse();
  await managed.nextResponse();
  await managed.write(textFrame('{"type":"$hello"}'));
  await watched.next("connect", 2);

  watched.server.broadcast(5);
  const types: string[] = [];
  while (!types.includes("$ping")) {
    const frame = await managed.nextFrame();
    if (frame?.opcode === OPCODE.text) types.push(JSON.parse(new TextDecoder().decode(frame.payload)).type);
  }
  watched.server.closeAll();

  assertEquals(types, ["$welcome", "$value", "$ping"]);
  assertEquals(await framesUntilClose(plain), [[OPCODE.text, "5"]]);
});
