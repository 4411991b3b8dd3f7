/**
 * A pair of sockets whose events are written down, delivered when the test says so.
 */

import type { SocketEvent } from "../../../src/internal/socket_like.ts";
import { SocketPair } from "../../../src/testing/mod.ts";

/** Writes down what happens at both ends, in one list. */
export function record(pair: SocketPair): string[] {
  const log: string[] = [];
  for (const name of ["server", "client"] as const) {
    const socket = pair[name];
    socket.binaryType = "arraybuffer";
    const listener = {
      handleEvent(event: SocketEvent): void {
        log.push(`${name} ${describe(event)}`);
      },
    };
    for (const type of ["open", "message", "close", "error"] as const) socket.addEventListener(type, listener);
  }
  return log;
}

function describe({ type, data, code, reason, wasClean, message }: SocketEvent): string {
  if (type === "message") return `message ${typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer)}`;
  if (type === "close") return `close ${code} "${reason}" ${wasClean ? "clean" : "broken"}`;
  return type === "error" ? `error ${message}` : type;
}

/** A pair that is open, with an empty record. */
export function openPair(): { pair: SocketPair; log: string[] } {
  const pair = new SocketPair({ delivery: "manual" });
  const log = record(pair);
  pair.open();
  pair.deliverAll();
  log.length = 0;
  return { pair, log };
}

/** The states of both ends. */
export function states({ server, client }: SocketPair): [server: number, client: number] {
  return [server.readyState, client.readyState];
}
