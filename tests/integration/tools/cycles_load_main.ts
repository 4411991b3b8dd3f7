/**
 * The peers of the cycles, in a process of their own: connections that come and go in every way there is.
 *
 * Usage: cycles_load_main.ts PORT COUNT. Ends with an error when one of them did not go as it should.
 */

import { closeFrame, OPCODE, textFrame } from "../../hostile/harness/frames.ts";
import { encodeHandshake } from "../../hostile/harness/handshake.ts";
import { RawPeer } from "../../hostile/harness/raw_peer.ts";

/** How many connections are open at once. */
const AT_ONCE = 40;

const [port = 0, count = 0] = Deno.args.map(Number);
let next = 0;

async function run(): Promise<void> {
  while (next < count) await cycle(next++);
}

await Promise.all(Array.from({ length: AT_ONCE }, run));

/** One connection: of ten, one is reset, one just ends, one is closed by the server and one is managed. */
async function cycle(number: number): Promise<void> {
  const kind = number % 10;
  const isManaged = kind === 3;
  using peer = await RawPeer.connect({ hostname: "127.0.0.1", port: port });
  const headers = isManaged ? { "Sec-WebSocket-Protocol": "switchboard.v1" } : {};
  await peer.write(encodeHandshake(`127.0.0.1:${port}`, { headers }));
  await expectStatus(peer, 101);
  if (isManaged) {
    await peer.write(textFrame('{"type":"$hello"}'));
    await expectFrame(peer, "$welcome");
  }
  await expectFrame(peer, "welcome");
  await peer.write(textFrame('{"type":"chat","data":"hello"}'));
  await expectFrame(peer, "chat");
  if (kind === 0) return peer.reset();
  if (kind === 1) peer.finish();
  else await peer.write(kind === 2 ? textFrame('{"type":"chat","data":"close"}') : closeFrame(1000));
  if (kind === 2) {
    await expectClose(peer, 4_000);
    await peer.write(closeFrame(4_000));
  } else if (kind > 2) await expectClose(peer, 1_000);
  await peer.ended();
}

async function expectStatus(peer: RawPeer, status: number): Promise<void> {
  const response = await peer.nextResponse();
  if (response?.status !== status) throw new Error(`Expected ${status}, got ${response?.status ?? "nothing"}`);
}

async function expectFrame(peer: RawPeer, type: string): Promise<void> {
  const frame = await peer.nextFrame();
  const text = frame?.opcode === OPCODE.text ? new TextDecoder().decode(frame.payload) : undefined;
  if (text === undefined || JSON.parse(text).type !== type) throw new Error(`Expected "${type}", got ${text}`);
}

async function expectClose(peer: RawPeer, code: number): Promise<void> {
  const frame = await peer.nextFrame();
  const found = frame?.opcode === OPCODE.close ? (frame.payload[0]! << 8) | frame.payload[1]! : undefined;
  if (found !== code) throw new Error(`Expected a close with ${code}, got ${found ?? JSON.stringify(frame)}`);
}
