/**
 * The server whose peers lose their connections and come back: everybody may join the benchmark's rooms, defaults but for
 * the number of connections.
 *
 * The line `publish ROOMS MESSAGES` on the standard input waits until nobody is connected, and then sends so many
 * messages to each room.
 *
 * @module
 */

import { WebSocketServer } from "../../../mod.ts";
import { DATA, PATH, roomName } from "../workload.ts";
import { answerBenchmark } from "./control.ts";

const MANY = 20_000;

const server = new WebSocketServer({ path: PATH, maxConnections: MANY, maxConnectionsPerAddress: MANY });
server.room("room/{number}");

let onEmpty: () => void = () => {};
server.on("connection:removed", () => {
  if (server.getStats().connections === 0) onEmpty();
});

const listener = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  (request, info) => server.handleUpgrade(request, info) ?? new Response("Not Found", { status: 404 }),
);

await answerBenchmark(listener.addr.port, async (line) => {
  const [, rooms, messages] = line.split(" ").map(Number) as [number, number, number];
  if (server.getStats().connections > 0) await new Promise<void>((resolve) => onEmpty = resolve);
  for (let number = 0; number < rooms; number++) {
    for (let i = 0; i < messages; i++) {
      server.broadcast({ type: "message", data: DATA }, { room: roomName(number) });
    }
  }
  return { stats: server.getStats() };
});
