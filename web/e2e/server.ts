/** The real program in a folder of its own, on a free port; it can be killed and started again on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const START_MS = 30_000;
/** Where `web/dist` is found by a program without the embedded client. */
const ROOT = resolve(import.meta.dirname, '../..');

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address ? done(address.port) : fail(new Error('no port'))));
    });
  });
}

export class Server {
  private child: ChildProcess | undefined;
  private output = '';

  private constructor(
    private readonly program: string,
    private readonly data: string,
    readonly port: number,
    private readonly settings: Record<string, string>,
  ) {}

  /** With further settings by their environment variables, when the test needs any. */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const program = process.env['PLEXICHAT_BIN'];
    if (!program) throw new Error('PLEXICHAT_BIN names no program: build it and set the variable to its path');
    const folder = mkdtempSync(join(tmpdir(), 'plexichat-e2e-'));
    const server = new Server(resolve(ROOT, program), folder, await freePort(), settings);
    await server.up();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    this.output = '';
    const child = spawn(this.program, ['serve'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PLEXICHAT_SERVER__BIND: `127.0.0.1:${this.port}`,
        PLEXICHAT_SERVER__DATA_DIR: this.data,
        ...this.settings,
      },
    });
    const listen = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    this.child = child;
    const end = Date.now() + START_MS;
    while (Date.now() < end) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${this.output}`);
      const ready = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (ready?.ok) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`the server was not ready in time:\n${this.output}`);
  }

  /** The one-time code of the set-up link the server prints. */
  async setupCode(): Promise<string> {
    const end = Date.now() + START_MS;
    while (Date.now() < end) {
      const code = /\/setup#([\w-]+)/.exec(this.output)?.[1];
      if (code) return code;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the server printed no set-up link:\n${this.output}`);
  }

  /** As a power cut would: no signal handler, no goodbye. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }
}
