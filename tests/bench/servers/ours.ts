/**
 * The server that is measured: `WebSocketServer` as an application uses it, with its defaults but
 * for the number of connections.
 *
 * @module
 */

import { WebSocketServer } from "../../../mod.ts";
import { PATH } from "../workload.ts";
import { answerBenchmark } from "./control.ts";

const MANY = 20_000;

const server = new WebSocketServer({
  path: PATH,
  maxConnections: MANY,
  maxConnectionsPerAddress: MANY,
  handlers: {
    onMessage: (connection, message) => {
      if (message.type === "broadcast") server.broadcast({ type: "message", data: message.data });
      else connection.send(message);
    },
  },
});

const listener = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  (request, info) => server.handleUpgrade(request, info) ?? new Response("Not Found", { status: 404 }),
);

await answerBenchmark(listener.addr.port);
