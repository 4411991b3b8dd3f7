/** Tests of the forms of one message: each written once, with what stands beside it. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decodeBinary } from "../../src/protocol/codec.ts";
import { Forms } from "../../src/server/forms.ts";

function headerOf(forms: Forms): unknown {
  return { ...decodeBinary(forms.of(true) as Uint8Array<ArrayBuffer>).header };
}

Deno.test("Forms tells managed peers the room, or the rooms, and plain ones nothing", () => {
  const [none, one, two] = [undefined, ["tea"], ["tea", "attic"]].map((rooms) => new Forms({ type: "a" }, rooms));

  assertEquals([none, one, two].map((forms) => forms!.of(false)), Array(3).fill('{"type":"a"}'));
  assertEquals([none, one, two].map((forms) => forms!.of(true)), [
    '{"type":"a"}',
    '{"type":"a","$room":"tea"}',
    '{"type":"a","$room":["tea","attic"]}',
  ]);
});

Deno.test("Forms.place(), leaveOut() and wantAck() add to what managed peers are told, and to nothing else", () => {
  const forms = Array.from({ length: 5 }, () => new Forms("x", ["tea", "attic"]));
  const everybody = new Forms("x", undefined);

  forms[0]!.place([7, null], undefined);
  forms[1]!.place([7, 8], "key");
  forms[2]!.leaveOut();
  forms[3]!.wantAck();
  everybody.place([7], undefined);

  const head = '{"type":"$value","data":"x"';
  assertEquals([...forms, everybody].map((each) => each.of(true)), [
    `${head},"$room":["tea","attic"],"$at":[7,null]}`,
    `${head},"$room":["tea","attic"],"$at":[7,8],"$key":"key"}`,
    `${head},"$room":["tea","attic"],"$volatile":true}`,
    `${head},"$room":["tea","attic"],"$ack":true}`,
    `${head},"$room":["tea","attic"]}`,
    `${head},"$at":7}`,
  ]);
  assertEquals([...forms, everybody].map((each) => each.of(false)), Array(6).fill("x"));
});

Deno.test("Forms writes down what managed peers are told of bytes in their header", () => {
  const forms = new Forms(Uint8Array.of(1), ["tea"]);

  forms.place([7], "k");

  assertEquals(headerOf(forms), { $room: "tea", $at: 7, $key: "k" });
  assertEquals(forms.of(false), Uint8Array.of(1));
});

Deno.test("Forms encodes once, also where what stands beside it changes", () => {
  let count = 0;
  const forms = new Forms({ toJSON: () => ({ type: "a", n: ++count }) }, ["tea"]);
  forms.of(true);
  const before = count;

  forms.place([1], undefined);

  assertEquals([forms.of(true), count], ['{"type":"a","n":1,"$room":"tea","$at":1}', before]);
  assertStrictEquals(forms.of(true), forms.of(true));
});

Deno.test("Forms.with() puts another message in the place, and keeps what stands beside it", () => {
  const forms = new Forms({ type: "a" }, ["tea"]);
  forms.place([7], "k");

  assertEquals(forms.with("other").of(true), '{"type":"$value","data":"other","$room":"tea","$at":7,"$key":"k"}');
});

Deno.test("Forms refuses at once what cannot be sent, also bytes with more names of rooms than a header holds", () => {
  const names = Array.from({ length: 600 }, (_, n) => `${n}`.padEnd(110, "x"));

  assertThrows(() => new Forms(undefined as never, undefined), TypeError);
  assertThrows(() => new Forms(Uint8Array.of(1), names), RangeError);
  // The names alone have a place, but not where the message stands in all of the rooms.
  assertThrows(() => new Forms(Uint8Array.of(1), names.slice(0, 575)), RangeError);
});
