/** Tests that a hello that was held up on its way takes the session from no connection that its client has opened since. */

import { assertEquals } from "@std/assert";
import { SUBPROTOCOL } from "../../src/protocol/messages.ts";
import { Rig } from "./tools/rig.ts";
import { ScriptedSocket } from "./tools/scripted_socket.ts";
import { SessionPeer } from "./tools/session_peer.ts";

/** Opens a connection that says nothing yet. */
function opened(rig: Rig): ScriptedSocket {
  const socket = new ScriptedSocket();
  rig.server.adopt(socket, { remoteAddr: "192.0.2.1", protocol: SUBPROTOCOL });
  return socket;
}

Deno.test("Resumption refuses a hello that was held up while its client opened another connection", () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  const hello = { type: "$hello", features: ["resume"], resume: first.ticket };
  first.cut();
  const late = opened(rig);
  const second = first.again(); // it says nothing that would show that it was welcomed

  late.receives(hello);

  assertEquals([late.sent, late.closes[0]?.[0]], [[], 4409]);
  assertEquals([second.connection.isOpen, second.welcome.resumed], [true, true]);
});

Deno.test("Resumption refuses it also where that other connection is lost, and the client comes back once more", () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  const hello = { type: "$hello", features: ["resume"], resume: first.ticket };
  first.cut();
  const late = opened(rig);
  const second = first.again().cut();

  late.receives(hello);

  assertEquals([late.sent, late.closes[0]?.[0]], [[], 4409]);
  assertEquals(second.again().welcome.resumed, true);
});
