/**
 * The program of a server under test: a `WebSocketServer` in the named configuration that echoes, reports what its handlers
 * see, and is asked through the control channel.
 *
 * Run as `server_main.ts <configuration>`.
 *
 * @module
 */

import { configure, defaultTextFormatter, type LogRecord } from "@logtape/logtape";
import { setLogLevel } from "../../../src/server/log_level.ts";
import { type WebSocketConfig, type WebSocketMessage, WebSocketServer } from "../../../src/server/mod.ts";
import { denoPlatform } from "../../../src/server/deno.ts";
import type { Platform } from "../../../src/server/platform.ts";
import { ChildChannel } from "./child_channel.ts";
import { type ConfigurationName, CONFIGURATIONS, setUp } from "./configurations.ts";
import type { ServerEvent } from "./control.ts";
import { HeldClock } from "./held_clock.ts";
import { summaryOf, targetOf } from "./reports.ts";

const channel = new ChildChannel();
channel.watchGlobals();
await main(Deno.args[0] as ConfigurationName);

/** Where the lines go: to the control channel, or, where the log itself is looked at, to the output as by `setLogLevel`. */
async function configureLog(name: ConfigurationName): Promise<void> {
  if (name === "logged") return setLogLevel("debug");
  await configure({
    sinks: { channel: (record: LogRecord) => channel.log(defaultTextFormatter(record).trimEnd()) },
    loggers: [
      { category: [], sinks: ["channel"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: ["channel"], lowestLevel: "warning" },
    ],
  });
}

async function main(name: ConfigurationName): Promise<void> {
  await configureLog(name);
  const makeConfig: (channel: ChildChannel) => WebSocketConfig | Promise<WebSocketConfig> = CONFIGURATIONS[name];
  const timers = new Set<unknown>();
  const config = withReports(await makeConfig(channel));
  const clock = new HeldClock(denoPlatform.now);
  const platform = countTimers({ ...config.platform ?? denoPlatform, now: () => clock.now() }, timers);
  const server = new WebSocketServer({ ...config, platform });
  await setUp(name, server, channel);
  const address = await server.listen({ port: 0, hostname: "127.0.0.1" });
  await channel.serve({
    address: { hostname: "127.0.0.1", port: address.port },
    snapshot: () => {
      const { connecting, waiting, closing, zombies, rooms, suspended, messagesUnhandled: unhandled } = server
        .getStats();
      return {
        targets: Array.from(server.connections, ({ url }) => targetOf(url)),
        unopened: connecting + waiting + closing,
        zombies,
        timers: timers.size,
        rooms,
        suspended,
        unhandled,
      };
    },
    clock: (action) => clock.act(action),
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
      onConnect: (connection, info) => {
        report("connect", connection.url, { state: connection.state });
        return handlers.onConnect?.(connection, info);
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
