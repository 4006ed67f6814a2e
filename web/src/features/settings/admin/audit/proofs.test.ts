import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { AuditEntryView, AuditProofView } from '../../../../api/types';
import { answers, json, problem } from '../../../../test/render';
import { keysOf, parse } from './checkpoint';
import { known } from './known';
import { type Hash, isConsistent, isIncluded, leafHash, nodeHash, sha256 } from './merkle';
import { verifyEntry, verifyLog } from './verify';

type Vectors = {
  consistency: {
    size1: number;
    size2: number;
    root1: string;
    root2: string;
    proof: string[] | null;
    wantErr: boolean;
    file: string;
  }[];
  inclusion: {
    leafIdx: number;
    treeSize: number;
    root: string;
    leafHash: string;
    proof: string[] | null;
    wantErr: boolean;
    file: string;
  }[];
};
/** Those by which the server's own proofs are tested; its README names their source. */
const FILE = resolve(import.meta.dirname, '../../../../../../crates/core/security/audit/tests/vectors/merkle.json');
const vectors = JSON.parse(readFileSync(FILE, 'utf8')) as Vectors;
const bytes = (text: string): Hash => new Uint8Array(Buffer.from(text, 'base64'));
const base64 = (data: Uint8Array): string => Buffer.from(data).toString('base64');
const utf8 = new TextEncoder();

describe('proofs of a tree', () => {
  it('agree with the vectors of transparency-dev/merkle', async () => {
    const wrong: string[] = [];
    for (const v of vectors.inclusion) {
      const holds = await isIncluded(
        bytes(v.leafHash),
        v.leafIdx,
        v.treeSize,
        (v.proof ?? []).map(bytes),
        bytes(v.root),
      );
      if (holds === v.wantErr) wrong.push(v.file);
    }
    for (const v of vectors.consistency) {
      // Of an empty tree there is nothing to hold against anything.
      if (v.size1 === 0) continue;
      const [older, newer] = [
        { size: v.size1, root: bytes(v.root1) },
        { size: v.size2, root: bytes(v.root2) },
      ];
      if ((await isConsistent(older, newer, (v.proof ?? []).map(bytes))) === v.wantErr) wrong.push(v.file);
    }
    expect(wrong).toEqual([]);
    expect(vectors.inclusion.length + vectors.consistency.length).toBe(196);
  });

  it('do not lose their way where numbers outgrow 32 bits', async () => {
    // The last leaf of a tree of 2^40 + 1 stands alone: its sibling is the root of all the others.
    const [others, leaf] = [await leafHash(utf8.encode('others')), await leafHash(utf8.encode('last'))];
    const root = await nodeHash(others, leaf);
    expect(await isIncluded(leaf, 2 ** 40, 2 ** 40 + 1, [others], root)).toBe(true);
    expect(await isIncluded(leaf, 2 ** 40 - 1, 2 ** 40 + 1, [others], root)).toBe(false);
  });
});

const BODY = JSON.stringify({
  action: 'channel.archive',
  actor: { account: '7', kind: 'session', role: 'owner' },
  after: { archived: true },
  before: { archived: false },
  id: '99',
  outcome: 'done',
  target: { id: '12', kind: 'channel' },
  time_ms: 1_700_000_000_123,
  v: 1,
});
const entry: AuditEntryView = {
  number: 0,
  is_kept: true,
  at: '2023-11-14T22:13:20.123Z',
  action: 'channel.archive',
  outcome: 'done',
  actor: { user_id: '7', kind: 'session', role: 'owner' },
  target: { kind: 'channel', id: '12' },
  before: { archived: false },
  after: { archived: true },
  sealed: { address: '127.0.0.1' },
};

/** A log with keys of its own; what the second key is made of does not matter to a browser. */
class Log {
  private constructor(
    readonly origin: string,
    readonly lines: string,
    private readonly id: Uint8Array,
    private readonly secret: CryptoKey,
  ) {}

  static async begin(): Promise<Log> {
    const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
    const ed = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const hybrid = crypto.getRandomValues(new Uint8Array(1_985));
    const name = Buffer.from(await sha256(utf8.encode('plexichat audit log 1\n'), ed, hybrid)).toString('hex');
    const origin = `plexichat/${name}`;
    const line = async (key: Uint8Array) => {
      const id = (await sha256(utf8.encode(`${origin}\n`), key)).slice(0, 4);
      return { id, text: `${origin}+${Buffer.from(id).toString('hex')}+${base64(key)}` };
    };
    const one = await line(new Uint8Array([1, ...ed]));
    const two = await line(new Uint8Array([0xff, ...utf8.encode('plexichat hybrid signature 1'), ...hybrid]));
    return new Log(origin, `${one.text}\n${two.text}`, one.id, pair.privateKey);
  }

  async note(size: number, root: Uint8Array): Promise<string> {
    const text = `${this.origin}\n${size}\n${base64(root)}\n`;
    const signature = new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, this.secret, utf8.encode(text)));
    return `${text}\n— ${this.origin} ${base64(new Uint8Array([...this.id, ...signature]))}\n`;
  }
}

describe('an entry', () => {
  let log: Log;
  let proof: AuditProofView;
  let sibling: Hash;
  beforeAll(async () => {
    log = await Log.begin();
    sibling = await leafHash(utf8.encode('another'));
    const leaf = await leafHash(utf8.encode(BODY));
    const checkpoint = await log.note(2, await nodeHash(leaf, sibling));
    proof = { key: log.lines, checkpoint, number: 0, body: BODY, leaf: base64(leaf), proof: [base64(sibling)] };
  });

  it('is proven when its bytes lead to what the keys of the log have signed', async () => {
    expect(await verifyEntry(entry, proof)).toMatchObject({
      holds: true,
      size: 2,
      signed: true,
      body: true,
      origin: log.origin,
    });
    const { body: _, ...dropped } = proof;
    expect(await verifyEntry({ number: 0, is_kept: false }, dropped)).toMatchObject({ holds: true, body: false });
  });

  it('is not proven when anything of it is another', async () => {
    const why = async (changed: AuditEntryView, other: Partial<AuditProofView> = {}) => {
      const verdict = await verifyEntry(changed, { ...proof, ...other });
      return verdict.holds ? 'holds' : verdict.why;
    };
    expect(await why({ ...entry, action: 'channel.restore' })).toBe('entry');
    expect(await why({ ...entry, at: '2023-11-14T22:13:20.124Z' })).toBe('entry');
    expect(await why({ ...entry, actor: { kind: 'session', user_id: '8' } })).toBe('entry');
    expect(await why({ ...entry, target: { kind: 'channel', id: '13' } })).toBe('entry');
    expect(await why({ ...entry, after: { archived: true, also: 1 } })).toBe('entry');
    expect(await why({ ...entry, number: 1 })).toBe('path');
    expect(await why(entry, { body: BODY.replace('done', 'dune') })).toBe('leaf');
    expect(await why(entry, { proof: [proof.leaf] })).toBe('path');
    expect(await why(entry, { proof: [] })).toBe('path');
    const [name = '', , root = ''] = proof.checkpoint.split('\n');
    expect(await why(entry, { checkpoint: proof.checkpoint.replace('\n2\n', '\n3\n') })).toBe('signature');
    expect(await why(entry, { checkpoint: proof.checkpoint.replace(root, base64(sibling)) })).toBe('signature');
    expect(await why(entry, { checkpoint: `${name}\n2\n${root}\n` })).toBe('form');
    expect(await why(entry, { checkpoint: `${name}\n2\n${root}\n\n` })).toBe('signature');
    const [first = '', second = ''] = log.lines.split('\n');
    expect(await why(entry, { key: `${first}\n${first}` })).toBe('keys');
    expect(await why(entry, { key: second })).toBe('keys');
  });

  it('of a log signed by other keys is no entry of this one', async () => {
    const other = await Log.begin();
    vi.stubGlobal('fetch', answers({ [CHECKPOINT]: async () => json(await told(other, 2, sibling)) }).fake);
    expect(await verifyLog()).toMatchObject({ holds: true });
    expect(await verifyEntry(entry, proof)).toEqual({ holds: false, why: 'other-log' });
  });
});

const CHECKPOINT = 'GET /api/v1/admin/audit/checkpoint';
const told = async (log: Log, size: number, root: Uint8Array, consistency: Uint8Array[] = []) => ({
  key: log.lines,
  checkpoint: await log.note(size, root),
  size,
  consistency: consistency.map(base64),
});

describe('the log', () => {
  it('continues what this browser has seen, or is told not to', async () => {
    const log = await Log.begin();
    const [one, two, other] = await Promise.all(['one', 'two', 'other'].map((text) => leafHash(utf8.encode(text))));
    if (!one || !two || !other) throw new Error('three leaves');
    const whole = await nodeHash(one, two);
    const served = { now: await told(log, 1, one) };
    const table = {
      [CHECKPOINT]: () => json(served.now),
      [`${CHECKPOINT}?since=1`]: () => json(served.now),
      [`${CHECKPOINT}?since=2`]: () => problem(409, 'conflict'),
    };
    vi.stubGlobal('fetch', answers(table).fake);
    expect(await verifyLog()).toMatchObject({ holds: true, size: 1 });
    served.now = await told(log, 2, await nodeHash(other, two), [two]);
    expect(await verifyLog()).toEqual({ holds: false, why: 'inconsistent' });
    expect(known()?.size).toBe(1);
    served.now = await told(log, 2, whole, [two]);
    expect(await verifyLog()).toMatchObject({ holds: true, size: 2 });
    expect(known()).toEqual({ origin: log.origin, size: 2, root: base64(whole) });
    expect(await verifyLog()).toEqual({ holds: false, why: 'shorter' });
  });

  it('is read from notes strictly', async () => {
    const log = await Log.begin();
    const note = await log.note(5, await leafHash(utf8.encode('x')));
    expect(parse(note)).toMatchObject({ origin: log.origin, size: 5 });
    for (const bad of [
      '',
      note.trim().split('\n\n')[0] ?? '',
      note.replace('\n5\n', '\n05\n'),
      note.replace('\n5\n', '\n5\n\n'),
    ])
      expect(parse(bad)).toBeUndefined();
    expect(await keysOf('')).toBeUndefined();
    expect((await keysOf(log.lines))?.origin).toBe(log.origin);
  });
});
