/**
 * Signed checkpoints of the log (C2SP signed-note and tlog-checkpoint; `docs/reference/audit.md`), as far as a browser
 * can check them: the form, that the name is the hash of the keys, and the Ed25519 signature. The second signature,
 * with ML-DSA-65, no browser knows; `plexichat audit verify` checks it.
 */
import { type Hash, same, sha256 } from './merkle';

const ED25519 = 1;
const ED25519_KEY = 32;
const HYBRID = 0xff;
const HYBRID_NAME = 'plexichat hybrid signature 1';
const ORIGIN = 'plexichat audit log 1\n';
const HASH = 32;
const ID = 4;

export type Checkpoint = {
  /** Name of the log. */
  origin: string;
  size: number;
  root: Hash;
  /** What is signed. */
  text: string;
  signatures: { name: string; data: Hash }[];
};

export type Keys = { origin: string; ed25519: Hash; id: Hash };

const utf8 = new TextEncoder();

export function bytes(base64: string): Hash {
  const text = atob(base64);
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

const hex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Reads a note; nothing when it is none. */
export function parse(note: string): Checkpoint | undefined {
  const end = note.indexOf('\n\n');
  if (end < 0) return undefined;
  const text = note.slice(0, end + 1);
  const [origin = '', count = '', hash = '', rest] = text.split('\n');
  const size = Number(count);
  if (origin === '' || rest !== '' || !/^(0|[1-9]\d*)$/.test(count) || !Number.isSafeInteger(size)) return undefined;
  try {
    const root = bytes(hash);
    const signatures = note
      .slice(end + 2)
      .split('\n')
      .flatMap((line) => {
        const [dash, name = '', data = ''] = line.split(' ');
        return dash === '—' && data !== '' ? [{ name, data: bytes(data) }] : [];
      });
    return root.length === HASH ? { origin, size, root, text, signatures } : undefined;
  } catch {
    return undefined;
  }
}

/** The keys of a log, when its name is the hash of both; nothing otherwise: they are keys of another log. */
export async function keysOf(lines: string): Promise<Keys | undefined> {
  const [first = '', second = ''] = lines.trim().split('\n');
  const one = await keyOf(first);
  const two = await keyOf(second);
  if (!one || !two || one.origin !== two.origin) return undefined;
  const hybrid = utf8.encode(HYBRID_NAME);
  const named = two.data[0] === HYBRID && same(two.data.slice(1, 1 + hybrid.length), hybrid);
  if (one.data[0] !== ED25519 || one.data.length !== 1 + ED25519_KEY || !named) return undefined;
  const ed25519 = one.data.slice(1);
  const name = hex(await sha256(utf8.encode(ORIGIN), ed25519, two.data.slice(1 + hybrid.length)));
  return one.origin === `plexichat/${name}` ? { origin: one.origin, ed25519, id: one.id } : undefined;
}

/** `origin+id+base64`, where the id is the beginning of a hash of the rest. */
async function keyOf(line: string): Promise<{ origin: string; id: Hash; data: Hash } | undefined> {
  const [origin = '', id = '', ...encoded] = line.split('+');
  try {
    const data = bytes(encoded.join('+'));
    const computed = (await sha256(utf8.encode(`${origin}\n`), data)).slice(0, ID);
    return hex(computed) === id ? { origin, id: computed, data } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the key has signed it: `unknown` where the browser does not know Ed25519. */
export async function isSigned(checkpoint: Checkpoint, keys: Keys): Promise<boolean | 'unknown'> {
  if (checkpoint.origin !== keys.origin) return false;
  const own = checkpoint.signatures.filter(
    ({ name, data }) => name === keys.origin && same(data.slice(0, ID), keys.id),
  );
  if (own.length === 0) return false;
  try {
    const key = await crypto.subtle.importKey('raw', keys.ed25519, { name: 'Ed25519' }, false, ['verify']);
    const text = utf8.encode(checkpoint.text);
    for (const { data } of own)
      if (await crypto.subtle.verify({ name: 'Ed25519' }, key, data.slice(ID), text)) return true;
    return false;
  } catch {
    return 'unknown';
  }
}
