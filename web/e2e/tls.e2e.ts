/** The browser and the server agree on their keys in a way that withstands quantum computers, for pages and for the gateway. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'plexichat-tls-'));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
let address = '';
let stop = () => {};

beforeAll(async () => {
  const program = process.env['PLEXICHAT_BIN'];
  if (!program) throw new Error('PLEXICHAT_BIN names no program: build it and set the variable to its path');
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const child = spawn(resolve(ROOT, program), ['serve', '--output', 'json'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      PLEXICHAT_SERVER__BIND: '127.0.0.1:0',
      PLEXICHAT_SERVER__DATA_DIR: join(folder, 'data'),
      PLEXICHAT_TLS__MODE: 'files',
      PLEXICHAT_TLS__NAMES: 'localhost',
      PLEXICHAT_TLS__CERT_FILE: cert,
      PLEXICHAT_TLS__KEY_FILE: key,
    },
  });
  stop = () => child.kill('SIGKILL');
  const line = await new Promise<string>((done, fail) => {
    child.stdout.once('data', (chunk: Buffer) => done(chunk.toString()));
    child.once('exit', (code) => fail(new Error(`the server ended with ${code}`)));
  });
  address = (JSON.parse(line) as { address: string }).address;
});

afterAll(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

test('pages and the gateway use X25519MLKEM768', async () => {
  const spki = new X509Certificate(readFileSync(cert)).publicKey.export({ type: 'spki', format: 'der' });
  const known = createHash('sha256').update(spki).digest('base64');
  const context = await chromium.launchPersistentContext(join(folder, 'browser'), {
    executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
    headless: true,
    bypassCSP: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      `--ignore-certificate-errors-spki-list=${known}`,
    ],
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    const devtools = await context.newCDPSession(page);
    const groups: string[] = [];
    devtools.on('Network.responseReceived', ({ response }) => {
      const { protocol, keyExchangeGroup } = response.securityDetails ?? {};
      groups.push(`${protocol} ${keyExchangeGroup}`);
    });
    await devtools.send('Network.enable');
    await page.goto(`${address}/health/live`);
    expect(groups[0]).toBe('TLS 1.3 X25519MLKEM768');
    const hello = await page.evaluate(
      (gateway) =>
        new Promise<string>((done, fail) => {
          const socket = new WebSocket(gateway);
          socket.onmessage = ({ data }) => done(String(data));
          socket.onerror = () => fail(new Error('the gateway does not speak'));
        }),
      `${address.replace('https:', 'wss:')}/api/v1/gateway`,
    );
    expect(JSON.parse(hello)).toMatchObject({ op: 'hello' });
  } finally {
    await context.close();
  }
});
