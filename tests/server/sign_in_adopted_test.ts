/** Tests of the sign-in on sockets that somebody else has upgraded. */

import { assert, assertEquals } from "@std/assert";
import { CONNECTING, OPEN } from "../../src/internal/socket_like.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { AdoptInfo } from "../../src/server/types.ts";
import { Rig } from "./tools/rig.ts";
import { ScriptedSocket } from "./tools/scripted_socket.ts";
import { BY_NAME, hello } from "./tools/sign_in.ts";

function rigOf(config: WebSocketConfig = {}): Rig {
  return new Rig({ authenticate: BY_NAME, ...config });
}

Deno.test("a plain socket that somebody else upgraded is judged when it is open, by its handshake", () => {
  const rig = rigOf({ tokenSources: { query: "token" } });
  const handshakes: [AdoptInfo, userId: string | undefined][] = [
    [{ headers: { authorization: "Bearer ada" } }, "ada"],
    [{ headers: { "sec-websocket-protocol": "chat, bearer.bob" }, protocol: "chat" }, "bob"],
    [{ url: "http://localhost/ws?token=ada" }, "ada"],
    [{}, undefined],
    [{ headers: { authorization: "Bearer eve" } }, undefined],
  ];
  for (const [info, userId] of handshakes) {
    for (const readyState of [OPEN, CONNECTING]) {
      const socket = new ScriptedSocket(readyState);
      const connection = rig.server.adopt(socket, info);
      if (readyState === CONNECTING) {
        assertEquals([connection.state, socket.closes], ["connecting", []]);
        socket.opens();
      }

      assertEquals([connection.isOpen, connection.userId], [userId !== undefined, userId]);
      assertEquals(socket.closes, userId === undefined ? [[4401, "sign in to connect"]] : []);
      assert(!connection.url.includes("token"), connection.url);
    }
  }
});

Deno.test("a managed socket that somebody else upgraded is judged at its hello, the token of its handshake first", () => {
  const rig = rigOf();
  const handshakes: [AdoptInfo["headers"], helloToken: string | undefined, userId: string | undefined][] = [
    [{ authorization: "Bearer ada" }, "bob", "ada"],
    [{ authorization: "Bearer eve" }, "bob", undefined],
    [{}, "bob", "bob"],
    [{}, undefined, undefined],
  ];
  for (const [headers = {}, token, userId] of handshakes) {
    const socket = new ScriptedSocket();
    const connection = rig.server.adopt(socket, { headers, protocol: "switchboard.v1" });
    assertEquals(socket.sent, []);
    socket.receives(hello(token));

    assertEquals([connection.userId, connection.isOpen], [userId, userId !== undefined]);
  }
});

Deno.test("a managed socket that somebody else upgraded signs in by no message where none is taken", () => {
  const rig = rigOf({ tokenSources: { message: false } });
  const [bare, named] = [{}, { authorization: "Bearer ada" }].map((headers) => {
    const socket = new ScriptedSocket();
    const connection = rig.server.adopt(socket, { headers, protocol: "switchboard.v1" });
    socket.receives(hello("bob"));
    return [connection.isOpen, connection.userId];
  });

  assertEquals([bare, named], [[false, undefined], [true, "ada"]]);
});
