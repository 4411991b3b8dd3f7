/**
 * The program that users of the model know works with nothing changed but its import: a server with the four handlers and
 * broadcasts in them, an HTTP handler that hands over its requests, the access helpers, and the client.
 */

import { assertEquals } from "@std/assert";
import {
  getWebSocketServer,
  initWebSocket,
  resetWebSocket,
  WebSocketClient,
  type WebSocketMessage,
  WebSocketServer,
  type WebSocketStats,
} from "../../mod.ts";
import { Changes } from "../hostile/harness/deadline.ts";
import { DEADLINE_MS } from "./tools/plain_socket.ts";

/** What happened, to be waited for. */
class Journal {
  readonly lines: string[] = [];
  readonly #changes = new Changes();

  write(line: string): void {
    this.lines.push(line);
    this.#changes.notify();
  }

  async has(line: string): Promise<void> {
    await this.#changes.until(() => this.lines.includes(line) ? true : undefined, DEADLINE_MS, `"${line}"`);
  }
}

Deno.test("the model's program: a server with four handlers, broadcast in them, and two clients", async () => {
  const journal = new Journal();
  const wsServer = new WebSocketServer({
    path: "/ws",
    handlers: {
      onConnect: (conn) => {
        journal.write("server: somebody came");
        conn.send({ type: "welcome", message: "good to see you" });
      },
      onMessage: (_conn, msg) => {
        journal.write(`server: got ${msg.type}`);
        wsServer.broadcast({ type: "message", data: msg });
      },
      onClose: () => {
        journal.write("server: somebody left");
      },
      onError: (_conn, error) => {
        journal.write(`server: ${error.message}`);
      },
    },
  });
  await using http = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (req) => {
    if (new URL(req.url).pathname === "/ws") {
      const upgrade = wsServer.handleUpgrade(req);
      if (upgrade) return upgrade;
    }
    return new Response("Not Found", { status: 404 });
  });
  const make = (name: string): WebSocketClient => {
    const client: WebSocketClient = new WebSocketClient({
      url: `ws://127.0.0.1:${http.addr.port}/ws`,
      handlers: {
        onOpen: () => {
          journal.write(`${name}: open`);
          client.send({ type: "hello", message: `from ${name}` });
        },
        onMessage: (msg: WebSocketMessage) => {
          journal.write(`${name}: got ${msg.type} ${msg.message ?? msg.data?.message}`);
        },
        onClose: () => {
          journal.write(`${name}: closed`);
        },
        onError: (error) => {
          journal.write(`${name}: ${error.message}`);
        },
      },
    });
    return client;
  };
  const [ada, bob] = [make("ada"), make("bob")];

  await ada.connect();
  assertEquals([ada.getState(), bob.getState()], ["open", "idle"]);
  await journal.has("ada: got message from ada");
  await bob.connect();
  await journal.has("ada: got message from bob");
  bob.send({ type: "chat", message: "hello, ada" });
  await journal.has("ada: got message hello, ada");
  await journal.has("bob: got message hello, ada");
  const stats: WebSocketStats = wsServer.getStats();
  const [first] = wsServer.connections;
  assertEquals(wsServer.send(first!.id, { type: "notification", message: "only you" }), "sent");
  await journal.has("ada: got notification only you");
  await ada.disconnect();
  await journal.has("server: somebody left");
  await bob.disconnect();

  assertEquals([stats.connections, stats.totalConnections, stats.totalMessages], [2, 2, 3]);
  assertEquals([ada.getState(), bob.getState()], ["closed", "closed"]);
  assertEquals(journal.lines.filter((line) => line.includes("only you")), ["ada: got notification only you"]);
  assertEquals(journal.lines.slice(0, 3), ["server: somebody came", "ada: open", "ada: got welcome good to see you"]);
  assertEquals(journal.lines.filter((line) => /Cannot|rror/.test(line)), []);
  await wsServer.stop();
});

Deno.test("the model's access helpers: a server made once, and had from anywhere", async () => {
  const journal = new Journal();
  await initWebSocket({
    path: "/ws",
    handlers: {
      onConnect: () => journal.write("server: somebody came"),
      onMessage: (conn, msg) => {
        journal.write(`server: got ${msg.type}`);
        getWebSocketServer().close(conn.id);
      },
    },
  });
  const { port } = await getWebSocketServer().listen({ port: 0, hostname: "127.0.0.1" });
  const client = new WebSocketClient({
    url: `ws://127.0.0.1:${port}/ws`,
    handlers: {
      onMessage: (msg) => journal.write(`client: got ${msg.type} ${msg.message}`),
      onClose: () => journal.write("client: closed"),
    },
  });
  await client.connect();

  const wsServer = getWebSocketServer();
  wsServer.broadcast({ type: "notification", message: "to all" });
  await journal.has("client: got notification to all");
  client.send({ type: "chat", message: "hi" });
  await journal.has("client: closed");
  await client.disconnect();
  await resetWebSocket();

  assertEquals(journal.lines, [
    "server: somebody came",
    "client: got notification to all",
    "server: got chat",
    "client: closed",
  ]);
});
