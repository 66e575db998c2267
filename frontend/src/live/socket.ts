/** A WebSocket that comes back by itself and goes on after the last event it has seen. */
import { LIMITS } from "../api/limits";
import type { LiveEvent } from "./events";

interface Options {
  url: (since: number) => string;
  since: number;
  onEvent: (event: LiveEvent) => void;
  onOpen: (open: boolean) => void;
  /** The project is not to be seen any more: deleted, or this person is no member now. */
  onForbidden: () => void;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const PING_EVERY = 25_000;

export class LiveSocket {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pings: ReturnType<typeof setInterval> | undefined;
  private failures = 0;
  private stopped = false;
  private since: number;

  constructor(private readonly options: Options) {
    this.since = options.since;
  }

  start(): void {
    window.addEventListener("online", this.connect);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.pings);
    window.removeEventListener("online", this.connect);
    this.socket?.close();
  }

  private readonly connect = (): void => {
    clearTimeout(this.timer);
    if (this.stopped || this.socket !== null) return;
    const socket = new WebSocket(this.options.url(this.since));
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      this.options.onOpen(true);
      this.pings = setInterval(() => socket.send('{"ping":1}'), PING_EVERY);
    };
    socket.onmessage = (message: MessageEvent<string>) => this.take(message.data);
    socket.onclose = (event) => this.lose(event.code);
  };

  private take(text: string): void {
    const { events = [] } = JSON.parse(text) as { events?: LiveEvent[] };
    for (const event of events) {
      if (event.seq <= this.since) continue;
      this.since = event.seq;
      this.options.onEvent(event);
    }
  }

  private lose(code: number): void {
    clearInterval(this.pings);
    this.socket = null;
    this.options.onOpen(false);
    if (this.stopped) return;
    if (code === LIMITS.socketForbidden) {
      this.options.onForbidden();
      return;
    }
    this.failures += 1;
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(this.failures, 6));
    this.timer = setTimeout(this.connect, delay * (0.75 + Math.random() / 2));
  }
}
