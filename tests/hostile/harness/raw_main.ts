/**
 * The program of a server without any protection: `Deno.serve` and `Deno.upgradeWebSocket` alone, which echo, and which do
 * wrong on demand.
 *
 * It shows that the harness notices each way of doing wrong, and what the platform does by itself.
 *
 * @module
 */

import { ChildChannel } from "./child_channel.ts";

/** Faults that a text message asks for by name, or the query of a request. */
export type Fault =
  | "announce_twice"
  | "block"
  | "deafen"
  | "exit"
  | "keep_entry"
  | "keep_file"
  | "keep_room"
  | "keep_slot"
  | "keep_timer"
  | "log_unescaped"
  | "pollute"
  | "print_unescaped"
  | "reject"
  | "skip"
  | "throw"
  | "throw_after_upgrade";

const BLOCK_MS = 1_000;

const channel = new ChildChannel();
const targets = new Map<WebSocket, string>();
const timers: ReturnType<typeof setTimeout>[] = [];
let slots = 0;
let rooms = 0;
let skipping = 0;

channel.watchGlobals();
await main();

async function main(): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const { pathname, search, searchParams } = new URL(request.url);
    serve(socket, pathname + search);
    if (searchParams.get("fault") === "throw_after_upgrade") throw new Error("Cannot go on after the upgrade");
    return response;
  });
  await channel.serve({
    address: server.addr,
    snapshot: () => ({
      targets: [...targets.values()],
      unopened: slots,
      zombies: 0,
      timers: timers.length,
      rooms,
      suspended: 0,
      unhandled: 0,
    }),
    stop: () => Promise.resolve(),
  });
  Deno.exit(0);

  function serve(socket: WebSocket, target: string): void {
    let keepsEntry = false;
    let announcements = 1;
    socket.onopen = () => {
      targets.set(socket, target);
      channel.event({ kind: "connect", target, detail: {} });
    };
    socket.onmessage = ({ data }) => {
      const fault = typeof data === "string" && data.startsWith("fault: ") ? data.slice(7) as Fault : undefined;
      if (fault === "keep_entry") keepsEntry = true;
      if (fault === "announce_twice") announcements = 2;
      if (fault === "deafen") void server.shutdown();
      if (fault !== undefined) commit(fault);
      if (skipping > 0 && typeof data === "string" && data.startsWith("number ")) skipping--;
      else socket.send(data);
    };
    socket.onclose = ({ code, reason, wasClean }) => {
      if (!keepsEntry) targets.delete(socket);
      while (announcements-- > 0) channel.event({ kind: "close", target, detail: { code, reason, wasClean } });
    };
    socket.onerror = (event) => event.preventDefault();
  }
}

function commit(fault: Fault): void {
  switch (fault) {
    case "block": {
      const endsAt = performance.now() + BLOCK_MS;
      while (performance.now() < endsAt);
      break;
    }
    case "exit":
      return Deno.exit(3);
    case "keep_file":
      Deno.listen({ port: 0, hostname: "127.0.0.1" });
      break;
    case "keep_room":
      rooms++;
      break;
    case "keep_slot":
      slots++;
      break;
    case "keep_timer":
      for (let count = 0; count < 2; count++) timers.push(setTimeout(() => {}, 60_000));
      break;
    case "log_unescaped":
      return channel.log("peer says \u001b[2J");
    case "print_unescaped":
      return console.error("peer says \u001b[2J");
    case "pollute":
      Object.assign(Object.prototype, { polluted: 1 });
      break;
    case "reject":
      addEventListener("unhandledrejection", (event) => event.preventDefault(), { once: true });
      void Promise.reject(new Error("Nobody catches this"));
      break;
    case "skip":
      skipping++;
      break;
    case "throw":
      throw new Error("Nobody catches this");
  }
}
