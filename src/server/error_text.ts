/**
 * Shows an error in one line of a log: what it says may come from a peer, as the text of a failed `JSON.parse` does. Pure.
 *
 * @module
 */

import { logText } from "../internal/escape.ts";

/** How many errors of a chain of causes are shown. */
const MAX_CAUSES = 4;
/** How many places of a stack are shown, the innermost first. */
const MAX_FRAMES = 10;

/** Name, message, places in the code and causes of an error, escaped, cut, and without what looks like a secret. Never throws, whatever was thrown. */
export function errorText(error: unknown): string {
  const shown: string[] = [];
  try {
    let current = error;
    do {
      shown.push(oneError(current));
      current = current instanceof Error ? current.cause : undefined;
    } while (current !== undefined && shown.length < MAX_CAUSES);
  } catch {
    shown.push("something that cannot be shown");
  }
  return shown.join(", caused by ");
}

function oneError(error: unknown): string {
  if (!(error instanceof Error)) return logText(String(error));
  const head = `${error.name}: ${error.message}`;
  const frames = framesOf(String(error.stack ?? ""), String(error.message));
  return frames.length === 0 ? logText(head) : `${logText(head)} (${frames.join(", ")})`;
}

/** The lines of a stack behind the message, which may look like such lines itself. */
function framesOf(stack: string, message: string): string[] {
  const at = stack.indexOf(message);
  const behind = at < 0 ? stack : stack.slice(at + message.length);
  const lines = behind.split("\n").map((line) => line.trim()).filter((line) => line.startsWith("at "));
  return lines.slice(0, MAX_FRAMES).map(logText);
}
