/**
 * What `raw.ts` does, with Socket.IO on Node, over WebSocket alone. The name of an event stands for a message's type.
 *
 * The argument is the folder in whose `node_modules` the package lies.
 *
 * @module
 */

import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";
import { answerBenchmark } from "./line_control.mjs";

const { Server } = createRequire(`${process.argv[2]}/`)("socket.io");

const server = createServer();
const io = new Server(server, { path: "/ws", transports: ["websocket"], serveClient: false });
io.on("connection", (socket) => {
  socket.on("broadcast", (data) => io.emit("message", data));
  socket.on("message", (data) => socket.emit("message", data));
});

server.listen(0, "127.0.0.1", () => answerBenchmark(server.address().port));
