/**
 * What `raw.ts` does, with Bun's own server: everybody subscribes to one topic, and a broadcast is published to it.
 *
 * @module
 */

import { answerBenchmark } from "./line_control.mjs";

const server = globalThis.Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) => server.upgrade(request) ? undefined : new Response(null, { status: 426 }),
  websocket: {
    open(socket) {
      socket.subscribe("all");
    },
    message(socket, text) {
      const message = JSON.parse(text);
      if (message.type === "broadcast") {
        server.publish("all", JSON.stringify({ type: "message", data: message.data }));
      } else {
        socket.send(JSON.stringify(message));
      }
    },
  },
});

await answerBenchmark(server.port);
