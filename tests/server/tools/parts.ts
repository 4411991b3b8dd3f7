/**
 * Parts of a server apart from it: a scheduler on a virtual clock, and connections that nobody looks after.
 */

import { Handshake } from "../../../src/server/handshake.ts";
import { type ConnectionParts, ServerConnection } from "../../../src/server/connection.ts";
import { HeaderLines } from "../../../src/server/packed_headers.ts";
import { MessageReader } from "../../../src/server/reader.ts";
import { Scheduler } from "../../../src/server/scheduler.ts";
import { testPlatform, VirtualClock } from "../../../src/testing/mod.ts";
import { ScriptedSocket } from "./scripted_socket.ts";

/** A scheduler whose time is a test's. */
export function testScheduler(mayBeWanted: () => boolean = () => false) {
  const clock = new VirtualClock();
  const errors: unknown[] = [];
  const scheduler = new Scheduler(testPlatform(clock), { failed: (error) => void errors.push(error), mayBeWanted });
  return { clock, scheduler, errors };
}

/** What would be kept of a request with this URL and these headers. */
export function handshakeOf(
  url: string,
  headers: HeadersInit = {},
  remoteAddr = "",
  params?: Readonly<Record<string, string>>,
): Handshake {
  return new Handshake(url, new HeaderLines(new Headers(headers)).pack(), remoteAddr, params);
}

/** A connection whose parts do nothing but what the test gives. */
export function loneConnection(
  parts: Partial<ConnectionParts<undefined>> = {},
  options: { remoteAddr?: string; isManaged?: boolean } = {},
): { connection: ServerConnection<undefined>; socket: ScriptedSocket } {
  const { remoteAddr = "", isManaged = false } = options;
  const socket = new ScriptedSocket();
  const all: ConnectionParts<undefined> = {
    event() {},
    receive() {},
    wake: () => undefined,
    send: () => "sent",
    sendAcked: () => Promise.resolve(),
    prepareBroadcast: () => () => {},
    broadcastFrom: () => ({ sent: 0, queued: 0, dropped: 0, merged: 0 }),
    close() {},
    request: () => Promise.resolve(),
    reply: () => "sent",
    join: () => true,
    leave: () => true,
    failed() {},
    read: () => new MessageReader(() => {}),
    date: () => 0,
    newId: () => crypto.randomUUID(),
    named() {},
    ...parts,
  };
  const handshake = handshakeOf("http://localhost/ws", {}, remoteAddr);
  const protocol = isManaged ? "switchboard.v1" : "";
  const connection = new ServerConnection(socket, handshake, { protocol, isManaged, data: undefined }, all);
  return { connection, socket };
}
