/**
 * Sockets, epoll and CPU clocks of Linux, called without an event loop in between, so that one
 * core of load can fill one core of server.
 *
 * Measured against `servers/floor.ts` with the echo load: 1,065k answers a second this way, 746k with
 * `Deno.connect`, 643k with `node:net`. With a broadcast's one short read per message it counts more, and of messages that
 * come to 1,000 managed peers as arrays of 64 more than 13 million a second, with a quarter of its core to spare.
 *
 * @module
 */

// Sizes are declared as u32, which the calling conventions of x86-64 and arm64 widen with zeros, as
// a `usize` would have to be a bigint.
const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept: { parameters: ["i32", "pointer", "pointer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
}).symbols;

const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_LINGER = 13;
/** MSG_DONTWAIT and MSG_NOSIGNAL: never block, no signal when the peer has gone. */
const FLAGS = 0x40 | 0x4000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const ONE = new Uint8Array(new Int32Array([1]).buffer);
/** On, with no time to linger: closing resets, so that no port stays taken. */
const RESET_ON_CLOSE = new Uint8Array(new Int32Array([1, 0]).buffer);

function fail(what: string): never {
  const errno = new Deno.UnsafePointerView(libc.__errno_location()!).getInt32(0);
  throw new Error(`Cannot ${what}: errno ${errno}`);
}

function checked(result: number, what: string): number {
  return result < 0 ? fail(what) : result;
}

/** sockaddr_in of an address and port. */
function addressOf(ip: string, port: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, AF_INET, true);
  bytes.set([port >> 8, port & 0xff, ...ip.split(".").map(Number)], 2);
  return bytes;
}

/** Connects from one loopback address to another. The kernel answers at once, before the server accepts. */
export function connectFrom(source: string, target: string, port: number): number {
  const fd = checked(libc.socket(AF_INET, SOCK_STREAM, 0), "open a socket");
  libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ONE, ONE.length);
  libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, RESET_ON_CLOSE, RESET_ON_CLOSE.length);
  checked(libc.bind(fd, addressOf(source, 0), 16), `take a port of ${source}`);
  checked(libc.connect(fd, addressOf(target, port), 16), `connect to ${target}:${port}`);
  return fd;
}

/** Listens on a free port of 127.0.0.1. */
export function listenAnywhere(): { readonly fd: number; readonly port: number } {
  const fd = checked(libc.socket(AF_INET, SOCK_STREAM, 0), "open a socket");
  libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, ONE, ONE.length);
  checked(libc.bind(fd, addressOf("127.0.0.1", 0), 16), "bind");
  checked(libc.listen(fd, 1024), "listen");
  const address = new Uint8Array(16);
  checked(libc.getsockname(fd, address, new Uint32Array([16])), "read the port");
  return { fd, port: address[2]! << 8 | address[3]! };
}

/** Takes a waiting connection. */
export function accept(listener: number): number {
  const fd = checked(libc.accept(listener, null, null), "accept");
  libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ONE, ONE.length);
  return fd;
}

/** Hands all `length` bytes to the kernel; `false` if the peer has gone or reads too slowly. */
export function sendAll(fd: number, bytes: Uint8Array<ArrayBuffer>, length: number): boolean {
  return libc.send(fd, bytes, length, FLAGS) === length;
}

/** How many bytes were read; 0 at the end of the stream, negative after a reset or when there is nothing. */
export function receive(fd: number, into: Uint8Array<ArrayBuffer>): number {
  return libc.recv(fd, into, into.length, FLAGS);
}

/** Reads from a pipe; blocks when there is nothing. */
export function readPipe(fd: number, into: Uint8Array<ArrayBuffer>): number {
  return libc.read(fd, into, into.length);
}

/** Closes a descriptor; a connection of {@linkcode connectFrom} is reset. */
export function close(fd: number): void {
  libc.close(fd);
}

/** Waits until descriptors can be read. */
export class Poller {
  readonly #fd = checked(libc.epoll_create1(0), "create an epoll descriptor");
  // struct epoll_event is packed to 12 bytes on x86-64 alone.
  readonly #words = Deno.build.arch === "x86_64" ? 3 : 4;
  readonly #fdWord = Deno.build.arch === "x86_64" ? 1 : 2;
  readonly #events = new Int32Array(1024 * this.#words);

  /** Watches a descriptor until it is closed. */
  add(fd: number): void {
    const event = new Int32Array(this.#words);
    event[0] = EPOLLIN;
    event[this.#fdWord] = fd;
    checked(libc.epoll_ctl(this.#fd, EPOLL_CTL_ADD, fd, event), "watch a descriptor");
  }

  /** How many descriptors can be read or have ended; waits up to `timeoutMs` for the first, -1 without end. */
  wait(timeoutMs: number): number {
    return Math.max(0, libc.epoll_wait(this.#fd, this.#events, 1024, timeoutMs));
  }

  /** The descriptor of one of the events that {@linkcode Poller.wait} counted. */
  ready(index: number): number {
    return this.#events[index * this.#words + this.#fdWord]!;
  }
}

/**
 * CPU time in milliseconds, user and system, of all threads of a process since its start.
 *
 * The same counter as in `/proc/PID/stat`, in nanoseconds instead of steps of 10 ms.
 */
export function cpuMs(pid: number): number {
  const time = new BigInt64Array(2);
  // The clock of a process: its number's complement, and 2 for "as scheduled" (clock_getcpuclockid).
  checked(libc.clock_gettime((~pid << 3) | 2, time), `read the CPU clock of process ${pid}`);
  return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
}

/** User and system time of a process in milliseconds, from `/proc/PID/stat`, in steps of 10 ms. */
export function procStatMs(pid: number): { readonly user: number; readonly system: number } {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name of the program is in brackets and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { user: Number(fields[11]) * 10, system: Number(fields[12]) * 10 };
}
