/**
 * The server that is measured with typed requests: a handler for one type, under a contract whose schemas accept
 * everything, or check the data with zod. The argument says which.
 *
 * @module
 */

import { z } from "zod";
import { defineContract, type Schema, WebSocketServer } from "../../../mod.ts";
import { PATH } from "../workload.ts";
import { answerBenchmark } from "./control.ts";

const anything: Schema<string> = {
  "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value: value as string }) },
};
const schema: Schema<string> = Deno.args[0] === "zod" ? z.string().max(100) : anything;

const server = new WebSocketServer({
  path: PATH,
  contract: defineContract({ requests: { echo: { data: schema, reply: schema } } }),
});
server.handle("echo", (data) => data);

const listener = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  (request, info) => server.handleUpgrade(request, info) ?? new Response("Not Found", { status: 404 }),
);

await answerBenchmark(listener.addr.port);
