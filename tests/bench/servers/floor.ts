/**
 * Not a WebSocket server but the least work that can pass for one to the load generator: raw TCP
 * through epoll, answers made beforehand, nothing parsed but one byte of each read. What the
 * generator reaches against it is more than it needs against any real server.
 *
 * @module
 */

import { ACCEPT, REQUEST_BYTES, textFrame } from "../load/frames.ts";
import { accept, close, listenAnywhere, Poller, readPipe, receive, sendAll } from "../load/libc.ts";
import { BROADCAST_REQUEST, MESSAGE } from "../workload.ts";
import type { Ready } from "./control.ts";

const STDIN = 0;
const MOST_AT_ONCE = 64;
const encoder = new TextEncoder();
const head = encoder.encode(
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`,
);
const answer = new Uint8Array([0x81, MESSAGE.length, ...encoder.encode(MESSAGE)]);
const answers = new Uint8Array(answer.length * MOST_AT_ONCE);
for (let i = 0; i < MOST_AT_ONCE; i++) answers.set(answer, i * answer.length);
const echoBytes = textFrame(MESSAGE).length;
const broadcastBytes = textFrame(BROADCAST_REQUEST).length;

const poller = new Poller();
const listener = listenAnywhere();
const buffer = new Uint8Array(64 * 1024);
/** Bytes of an unfinished request or frame, by connection; absent before the first read. */
const pending = new Map<number, number>();
const upgraded = new Set<number>();

function read(fd: number): void {
  const length = receive(fd, buffer);
  if (length <= 0) {
    pending.delete(fd);
    upgraded.delete(fd);
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
  // A frame's second byte is its length and the mask bit; reads begin with a frame.
  const isBroadcast = (buffer[1]! & 0x7f) === BROADCAST_REQUEST.length;
  const frameBytes = isBroadcast ? broadcastBytes : echoBytes;
  const frames = Math.floor(bytes / frameBytes);
  pending.set(fd, bytes % frameBytes);
  if (!isBroadcast) sendAll(fd, answers, frames * answer.length);
  else sendToAll(frames);
}

function sendToAll(times: number): void {
  for (let i = 0; i < times; i++) {
    for (const each of upgraded) sendAll(each, answer, answer.length);
  }
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
