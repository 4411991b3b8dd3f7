/**
 * The echo server under the rate limit with its defaults.
 *
 * @module
 */

import { WebSocketServer } from "../../../mod.ts";
import { rateLimit } from "../../../src/middleware/mod.ts";
import { PATH } from "../workload.ts";
import { answerBenchmark } from "./control.ts";

const server = new WebSocketServer({
  path: PATH,
  handlers: {
    onMessage: (connection, message) => {
      connection.send(message);
    },
  },
});
server.use(rateLimit());

const listener = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  (request, info) => server.handleUpgrade(request, info) ?? new Response("Not Found", { status: 404 }),
);

await answerBenchmark(listener.addr.port);
