/**
 * Not a WebSocket server but the least work that can pass for one to the load generator: raw TCP
 * through epoll, answers made beforehand, nothing parsed but one byte of each read. What the
 * generator reaches against it is more than it needs against any real server.
 *
 * With the argument `managed` its peers are managed ones, and the broadcasts of one read go out as one frame.
 *
 * @module
 */

import { ALL_ROOM, RESUME, SUBPROTOCOL, type WelcomeMessage } from "../../../src/protocol/messages.ts";
import { ACCEPT, REQUEST_BYTES, textFrame } from "../load/frames.ts";
import { accept, close, listenAnywhere, Poller, readPipe, receive, sendAll } from "../load/libc.ts";
import { BROADCAST_REQUEST, MESSAGE } from "../workload.ts";
import type { Ready } from "./control.ts";

const STDIN = 0;
const MOST_AT_ONCE = 64;
const isManaged = Deno.args[0] === "managed";
const encoder = new TextEncoder();
const head = encoder.encode(
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Accept: ${ACCEPT}\r\n${isManaged ? `Sec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n` : ""}\r\n`,
);
const welcome = unmaskedFrame(JSON.stringify(
  {
    type: "$welcome",
    id: "floor",
    resumed: false,
    features: [RESUME],
    heartbeat: { intervalMs: 0, timeoutMs: 0 },
    maxMessageBytes: 1_048_576,
    rooms: { [ALL_ROOM]: { epoch: "floor", offset: 0 } },
  } satisfies WelcomeMessage,
));

const answer = new Uint8Array([0x81, MESSAGE.length, ...encoder.encode(MESSAGE)]);
const answers = new Uint8Array(answer.length * MOST_AT_ONCE);
for (let i = 0; i < MOST_AT_ONCE; i++) answers.set(answer, i * answer.length);
const echoBytes = textFrame(MESSAGE).length;
const broadcastBytes = textFrame(BROADCAST_REQUEST).length;
/** The place in the log of the next broadcast: with as many digits as that of a server which runs for a while. */
let offset = 1_000_000;
/** A message that is in the log; the digits are written over. */
const logged = `${MESSAGE.slice(0, -1)},"$at":${offset}}`;
const arrays = Array.from(
  { length: MOST_AT_ONCE + 1 },
  (_, count) => unmaskedFrame(`[${new Array<string>(count).fill(logged).join(",")}]`),
);

const poller = new Poller();
const listener = listenAnywhere();
const buffer = new Uint8Array(64 * 1024);
/** Bytes of an unfinished request or frame, by connection; absent before the first read. */
const pending = new Map<number, number>();
const upgraded = new Set<number>();
const greeted = new Set<number>();

/** A frame as servers send them, of up to 65,535 bytes. */
function unmaskedFrame(text: string): Uint8Array<ArrayBuffer> {
  const payload = encoder.encode(text);
  const head = payload.length > 125 ? [0x81, 126, payload.length >> 8, payload.length & 0xff] : [0x81, payload.length];
  return new Uint8Array([...head, ...payload]);
}

function read(fd: number): void {
  const length = receive(fd, buffer);
  if (length <= 0) {
    pending.delete(fd);
    upgraded.delete(fd);
    greeted.delete(fd);
    close(fd);
    return;
  }
  const bytes = pending.get(fd)! + length;
  if (!upgraded.has(fd)) {
    pending.set(fd, bytes % REQUEST_BYTES);
    if (bytes < REQUEST_BYTES) return;
    upgraded.add(fd);
    sendAll(fd, head, head.length);
    return;
  }
  if (isManaged && !greeted.has(fd)) {
    greeted.add(fd);
    sendAll(fd, welcome, welcome.length);
    return;
  }
  // A frame's second byte is its length and the mask bit; reads begin with a frame.
  const isBroadcast = (buffer[1]! & 0x7f) === BROADCAST_REQUEST.length;
  const frameBytes = isBroadcast ? broadcastBytes : echoBytes;
  const frames = Math.floor(bytes / frameBytes);
  pending.set(fd, bytes % frameBytes);
  if (!isBroadcast) sendAll(fd, answers, frames * answer.length);
  else sendToAll(frames);
}

function sendToAll(times: number): void {
  if (isManaged) {
    const frame = arrays[times]!;
    for (let i = times; i > 0; i--) writeOffset(frame, frame.length - 2 - (i - 1) * (logged.length + 1), ++offset);
    for (const each of upgraded) sendAll(each, frame, frame.length);
    return;
  }
  for (let i = 0; i < times; i++) {
    for (const each of upgraded) sendAll(each, answer, answer.length);
  }
}

/** Writes a number so that its last digit stands before `end`. */
function writeOffset(frame: Uint8Array, end: number, value: number): void {
  for (let at = end - 1, rest = value; rest > 0; rest = Math.floor(rest / 10)) frame[at--] = 0x30 + rest % 10;
}

poller.add(STDIN);
poller.add(listener.fd);
Deno.stdout.writeSync(encoder.encode(JSON.stringify({ port: listener.port } satisfies Ready) + "\n"));
while (true) {
  const count = poller.wait(-1);
  for (let i = 0; i < count; i++) {
    const fd = poller.ready(i);
    if (fd === STDIN) {
      if (readPipe(STDIN, buffer) <= 0) Deno.exit(0);
    } else if (fd === listener.fd) {
      const connection = accept(listener.fd);
      pending.set(connection, 0);
      poller.add(connection);
    } else {
      read(fd);
    }
  }
}
