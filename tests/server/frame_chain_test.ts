/** Tests of lists that become frames: those that are equal are one. */

import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { FrameChain } from "../../src/server/frame_chain.ts";

function chainOf(first: string, ...rest: string[]): FrameChain {
  return rest.reduce((chain, text) => chain.with(text), new FrameChain(undefined, first));
}

Deno.test("FrameChain makes one frame of one message, and an array of several", () => {
  assertEquals(chainOf('{"a":1}').frame, '{"a":1}');
  assertEquals(chainOf('{"a":1}', "2", '"x,y"').frame, '[{"a":1},2,"x,y"]');
});

Deno.test("FrameChain.with() gives the same list for the same message, and the list itself stays what it is", () => {
  const list = chainOf("1");

  const longer = list.with("2");

  assertStrictEquals(list.with("2"), longer);
  assertStrictEquals(list.with("2").with("3"), longer.with("3"));
  assertEquals([list.frame, list.size, longer.frame, longer.size], ["1", 1, "[1,2]", 2]);
});

Deno.test("FrameChain.with() remembers the message that was asked for last", () => {
  const list = chainOf("1");
  const two = list.with("2");

  const three = list.with("3");

  assertStrictEquals(list.with("3"), three);
  assertNotStrictEquals(list.with("2"), two);
  assertEquals([two.frame, three.frame, list.with("2").frame], ["[1,2]", "[1,3]", "[1,2]"]);
});

Deno.test("FrameChain.isOnly() knows a list of one message", () => {
  assert(chainOf("1").isOnly("1"));
  assert(!chainOf("1").isOnly("2"));
  assert(!chainOf("1", "1").isOnly("1"));
});

Deno.test("FrameChain.frame is the JSON of the messages, as long as it says, and written once", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 20 }), (values) => {
    const [first, ...rest] = values.map((value) => JSON.stringify(value));

    const chain = chainOf(first!, ...rest);

    const isOne = values.length === 1;
    assertEquals(chain.frame, isOne ? first : JSON.stringify(values));
    assertEquals([chain.size, chain.length], [values.length, chain.frame.length - (isOne ? 0 : 2)]);
    assertStrictEquals(chain.frame, chain.frame);
  }));
});
