/**
 * What `raw.ts` does, with `ws` on Node. A broadcast makes its bytes once, which is the fastest that `ws` offers.
 *
 * The argument is the folder in whose `node_modules` the package lies.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";
import { answerBenchmark } from "./line_control.mjs";

const { WebSocketServer } = createRequire(`${process.argv[2]}/`)("ws");

const server = createServer();
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => {
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.type === "broadcast") {
      const bytes = Buffer.from(JSON.stringify({ type: "message", data: message.data }));
      for (const each of sockets.clients) each.send(bytes, { binary: false });
    } else {
      socket.send(JSON.stringify(message));
    }
  });
});

server.listen(0, "127.0.0.1", () => answerBenchmark(server.address().port));
