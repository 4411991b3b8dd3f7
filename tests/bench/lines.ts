/**
 * Turns a stream of bytes into lines of text.
 *
 * @module
 */

/** The lines of a stream, without their ends. */
export async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, void> {
  let partial = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (partial + text).split("\n");
    partial = lines.pop()!;
    yield* lines;
  }
}
