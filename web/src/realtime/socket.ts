/** One WebSocket: frames in and out as data, silence noticed, commands answered by id. No state machine here. */
import type { ClientFrame, CommandResult, Hello, ServerFrame } from '../api/events';
import { ApiError, unreachable } from '../api/problem';

const COMMAND_MS = 15_000;
const MOST_COMMANDS = 64;
/** How long until the server has said hello and ready. */
const GREETING_MS = 15_000;

export type SocketEvents = {
  onHello: (hello: Hello) => void;
  onFrame: (frame: ServerFrame) => void;
  onClose: (code: number) => void;
};
/** The part of WebSocket that is used, so that tests can stand in for it. */
export type SocketLike = {
  send(data: string): void;
  close(): void;
  readonly readyState: number;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
};

type Command = {
  resolve: (result: CommandResult) => void;
  reject: (error: ApiError) => void;
  timer: ReturnType<typeof setTimeout>;
};
type Asking = Extract<ClientFrame, { id: number }>;
/** A command without its id: the socket numbers it. */
export type CommandFrame = Asking extends infer F ? (F extends { id: number } ? Omit<F, 'id'> : never) : never;

const OPEN = 1;

export class Socket {
  private lastId = 0;
  private readonly commands = new Map<number, Command>();
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private greeting: ReturnType<typeof setTimeout> | undefined;
  private heard = true;
  private done = false;

  constructor(
    private readonly ws: SocketLike,
    private readonly events: SocketEvents,
  ) {
    this.greeting = setTimeout(() => this.close(), GREETING_MS);
    ws.onmessage = (event) => this.receive(event.data);
    ws.onclose = (event) => this.finish(event.code);
  }

  send(frame: ClientFrame): boolean {
    if (this.done || this.ws.readyState !== OPEN) return false;
    this.ws.send(JSON.stringify(frame));
    return true;
  }

  /** Sends a command and waits for its result. */
  ask(frame: CommandFrame): Promise<CommandResult> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      if (this.commands.size >= MOST_COMMANDS || !this.send({ ...frame, id } as ClientFrame)) {
        reject(unreachable());
        return;
      }
      const timer = setTimeout(() => {
        this.commands.delete(id);
        reject(unreachable());
      }, COMMAND_MS);
      this.commands.set(id, { resolve, reject, timer });
    });
  }

  close(): void {
    this.ws.close();
    // A dead network answers a close late or never.
    this.finish(1006);
  }

  private receive(data: unknown): void {
    if (this.done || typeof data !== 'string') return;
    this.heard = true;
    const frame = parse(data);
    if (!frame) return;
    if (frame.op === 'hello') this.beat(frame.heartbeat_ms);
    if (frame.op === 'hello') this.events.onHello(frame);
    else if (frame.op === 'result') this.answer(frame.id, (command) => command.resolve(frame));
    else if (frame.op === 'error' && frame.id !== undefined)
      this.answer(frame.id, (command) => command.reject(new ApiError(frame.problem)));
    else if (frame.op !== 'pong') {
      if (frame.op === 'ready') clearTimeout(this.greeting);
      this.events.onFrame(frame);
    }
  }

  private beat(everyMs: number): void {
    clearInterval(this.heartbeat);
    this.heartbeat = setInterval(
      () => {
        if (!this.heard) this.close();
        else {
          this.heard = false;
          this.send({ op: 'ping' });
        }
      },
      Math.max(1_000, everyMs),
    );
  }

  private answer(id: number, tell: (command: Command) => void): void {
    const command = this.commands.get(id);
    if (!command) return;
    this.commands.delete(id);
    clearTimeout(command.timer);
    tell(command);
  }

  private finish(code: number): void {
    if (this.done) return;
    this.done = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.greeting);
    for (const [id] of [...this.commands]) this.answer(id, (command) => command.reject(unreachable()));
    this.events.onClose(code);
  }
}

function parse(text: string): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    if (typeof frame === 'object' && frame !== null && 'op' in frame) return frame as ServerFrame;
  } catch {
    // Falls through: a frame that is not JSON is skipped; a gap, if there was one, is repaired.
  }
  return undefined;
}
