/**
 * The program of a server under test: a `WebSocketServer` in the named configuration that echoes, reports what its handlers
 * see, and is asked through the control channel.
 *
 * Run as `server_main.ts <configuration>`.
 *
 * @module
 */

import { configure, defaultTextFormatter, type LogRecord } from "@logtape/logtape";
import { type WebSocketConfig, type WebSocketMessage, WebSocketServer } from "../../../src/server/mod.ts";
import { denoPlatform } from "../../../src/server/deno.ts";
import type { Platform } from "../../../src/server/platform.ts";
import { ChildChannel } from "./child_channel.ts";
import { type ConfigurationName, CONFIGURATIONS, middlewareOf } from "./configurations.ts";
import type { ServerEvent } from "./control.ts";

const channel = new ChildChannel();
channel.watchGlobals();
await configure({
  sinks: { channel: (record: LogRecord) => channel.log(defaultTextFormatter(record).trimEnd()) },
  loggers: [
    { category: [], sinks: ["channel"], lowestLevel: "debug" },
    { category: ["logtape", "meta"], sinks: ["channel"], lowestLevel: "warning" },
  ],
});
await main(Deno.args[0] as ConfigurationName);

async function main(name: ConfigurationName): Promise<void> {
  const makeConfig: (channel: ChildChannel) => WebSocketConfig = CONFIGURATIONS[name];
  const timers = new Set<unknown>();
  const config = withReports(makeConfig(channel));
  const server = new WebSocketServer({ ...config, platform: countTimers(config.platform ?? denoPlatform, timers) });
  const middleware = middlewareOf(name, channel);
  if (middleware !== undefined) server.use(middleware);
  const address = await server.listen({ port: 0, hostname: "127.0.0.1" });
  await channel.serve({
    address: { hostname: "127.0.0.1", port: address.port },
    snapshot: () => {
      const { connecting, waiting, closing, zombies } = server.getStats();
      return {
        targets: Array.from(server.connections, ({ url }) => targetOf(url)),
        unopened: connecting + waiting + closing,
        zombies,
        timers: timers.size,
      };
    },
    stop: () => server.stop(),
  });
  // Sockets that a peer holds open would keep the process alive.
  Deno.exit(0);
}

/** The handlers that every configuration has: they report, do what the configuration wants, and echo. */
function withReports(config: WebSocketConfig): WebSocketConfig {
  const { handlers = {} } = config;
  const report = (kind: ServerEvent["kind"], url: string, detail: ServerEvent["detail"] = {}) =>
    channel.event({ kind, target: targetOf(url), detail });
  return {
    ...config,
    handlers: {
      onConnect: (connection) => {
        report("connect", connection.url, { state: connection.state });
        return handlers.onConnect?.(connection);
      },
      onMessage: (connection, message) => {
        report("message", connection.url, summaryOf(message));
        if (handlers.onMessage !== undefined) return handlers.onMessage(connection, message);
        connection.send(message.type === "text" || message.type === "binary" ? dataOf(message) : message);
      },
      onClose: (connection, info) => {
        const { code, reason, wasClean, error } = info;
        report("close", connection.url, { code, reason, wasClean, error: error?.message });
        return handlers.onClose?.(connection, info);
      },
      onError: (connection, error) => {
        report("error", connection?.url ?? "", { name: error.name, message: error.message });
        return handlers.onError?.(connection, error);
      },
    },
  };
}

function dataOf(message: WebSocketMessage): string | Uint8Array {
  return message.data as string | Uint8Array;
}

function summaryOf({ type, data }: WebSocketMessage): ServerEvent["detail"] {
  const size = typeof data === "string" || data instanceof Uint8Array ? data.length : undefined;
  return { type: type.slice(0, 100), size, text: typeof data === "string" ? data.slice(0, 100) : undefined };
}

function targetOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/, "");
}

function countTimers(platform: Platform, timers: Set<unknown>): Platform {
  return {
    ...platform,
    setTimer: (callback, delayMs) => {
      const timer = platform.setTimer(() => {
        timers.delete(timer);
        callback();
      }, delayMs);
      timers.add(timer);
      return timer;
    },
    clearTimer: (timer) => {
      timers.delete(timer);
      platform.clearTimer(timer);
    },
  };
}
