/**
 * The baseline: `Deno.serve` and `Deno.upgradeWebSocket` with nothing around them, doing by hand
 * what the benchmark asks for. It does less than any application should: no check of path or
 * origin, no limit, no guard around what may throw.
 *
 * An argument sets the idle timeout in seconds, 0 for none; without it the runtime's default of 30 s holds.
 *
 * @module
 */

import { answerBenchmark } from "./control.ts";

const [idleTimeout] = Deno.args;
const options: Deno.UpgradeWebSocketOptions = idleTimeout === undefined ? {} : { idleTimeout: Number(idleTimeout) };
const sockets = new Set<WebSocket>();

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 426 });
  const { socket, response } = Deno.upgradeWebSocket(request, options);
  socket.onopen = () => {
    sockets.add(socket);
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === "broadcast") {
      const text = JSON.stringify({ type: "message", data: message.data });
      for (const each of sockets) each.send(text);
    } else {
      socket.send(JSON.stringify(message));
    }
  };
  socket.onclose = () => {
    sockets.delete(socket);
  };
  return response;
});

await answerBenchmark(server.addr.port);
