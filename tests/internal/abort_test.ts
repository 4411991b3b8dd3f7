/** Tests of aborting without being hurt by who listens. */

import { assertEquals } from "@std/assert";
import { abortSafely } from "../../src/internal/abort.ts";

Deno.test("abortSafely() calls all listeners, and tells what they throw", () => {
  const controller = new AbortController();
  const told: unknown[] = [];
  const heard: string[] = [];
  const error = new Error("in a listener");
  controller.signal.addEventListener("abort", () => {
    throw error;
  });
  controller.signal.addEventListener("abort", () => heard.push("second"));

  abortSafely(controller, "reason", (each) => told.push(each));

  assertEquals([controller.signal.reason, told, heard], ["reason", [error], ["second"]]);
});

Deno.test("abortSafely() within a listener of another signal tells each error once", () => {
  const [outer, inner] = [new AbortController(), new AbortController()];
  const told: unknown[] = [];
  inner.signal.addEventListener("abort", () => {
    throw "inner";
  });
  outer.signal.addEventListener("abort", () => {
    abortSafely(inner, undefined, (each) => told.push(each));
    throw "outer";
  });

  abortSafely(outer, undefined, (each) => told.push(each));

  assertEquals(told, ["inner", "outer"]);
});

Deno.test("abortSafely() hears of nothing that is not thrown within it", () => {
  const controller = new AbortController();
  const told: unknown[] = [];
  const elsewhere: unknown[] = [];
  function onError(event: ErrorEvent): void {
    event.preventDefault();
    elsewhere.push(event.error);
  }

  abortSafely(controller, undefined, (each) => told.push(each));
  globalThis.addEventListener("error", onError);
  globalThis.dispatchEvent(new ErrorEvent("error", { error: "later", cancelable: true }));
  globalThis.removeEventListener("error", onError);

  assertEquals([told, elsewhere], [[], ["later"]]);
});
