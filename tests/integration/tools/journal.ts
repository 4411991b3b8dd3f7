/**
 * What servers of a test of delivery wrote down before they were killed: which messages of which clients they have handled.
 *
 * @module
 */

/** A message that a server has handled. */
export interface Line {
  readonly client: number;
  readonly n: number;
  readonly key: string;
}

/** A file that goes with it. */
export class Journal implements AsyncDisposable {
  constructor(readonly path: string) {}

  /** Makes one without lines. */
  static async make(): Promise<Journal> {
    return new Journal(await Deno.makeTempFile());
  }

  /** All that stands in it. */
  read(): Line[] {
    return Deno.readTextFileSync(this.path).split("\n").slice(0, -1).map((line) => {
      const [client, n, key] = line.split(" ");
      return { client: Number(client), n: Number(n), key: key! };
    });
  }

  /** Waits until so many messages were handled. */
  async reaches(count: number): Promise<void> {
    // Nobody tells when a file has grown.
    while (this.read().length < count) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path);
  }
}

/**
 * What is wrong with what a client sent to one server after the other: all must have been handled, by each in order and
 * without a gap, and each must begin no later than behind what those before it have handled.
 */
export function upTroubles(client: number, sent: number, lives: readonly (readonly Line[])[]): string[] {
  const troubles: string[] = [];
  let last = 0;
  for (const [life, lines] of lives.entries()) {
    const numbers = lines.flatMap((line) => line.client === client ? [line.n] : []);
    const [first = last + 1] = numbers;
    if (first > last + 1) troubles.push(`client ${client}: server ${life + 1} begins with ${first} behind ${last}`);
    for (const [index, n] of numbers.entries()) {
      if (n !== first + index) {
        troubles.push(`client ${client}: server ${life + 1} has ${n} where ${first + index} is due`);
      }
    }
    last = Math.max(last, numbers.at(-1) ?? 0);
  }
  if (last !== sent) troubles.push(`client ${client}: ${sent} were sent, and the last that was handled is ${last}`);
  return troubles;
}

/** What is wrong with keys: the same message must have the same one each time, and no other message must have it. */
export function keyTroubles(lines: readonly Line[]): string[] {
  const pairs = new Set(lines.map(({ client, n, key }) => `${client} ${n} ${key}`));
  const messages = new Set(lines.map(({ client, n }) => `${client} ${n}`));
  const keys = new Set(lines.map(({ key }) => key));
  const isOneToOne = pairs.size === messages.size && pairs.size === keys.size;
  return isOneToOne ? [] : [`${messages.size} messages have ${keys.size} keys in ${pairs.size} pairs`];
}
