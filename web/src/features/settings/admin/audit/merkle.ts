/** Proofs of a Merkle tree (RFC 9162, section 2.1), with the SHA-256 of the browser. */

export type Hash = Uint8Array<ArrayBuffer>;

async function sha256(...parts: readonly Uint8Array[]): Promise<Hash> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

const HASH = 32;
const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

export const leafHash = (leaf: Uint8Array): Promise<Hash> => sha256(LEAF, leaf);
export const nodeHash = (left: Uint8Array, right: Uint8Array): Promise<Hash> => sha256(NODE, left, right);
export { sha256 };

export const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

// Numbers of entries outgrow 32 bits, and with them the operators for bits.
const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

/** Whether the leaf with this hash is number `index` of the tree of `size` leaves with this root (2.1.3.2). */
export async function isIncluded(
  leaf: Hash,
  index: number,
  size: number,
  path: readonly Hash[],
  root: Hash,
): Promise<boolean> {
  const placed = Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;
  if (!placed || leaf.length !== HASH || root.length !== HASH) return false;
  let [at, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      hash = await nodeHash(sibling, hash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(hash, root);
}

type Tree = { size: number; root: Hash };

/** Whether the newer tree begins with all leaves of the older one (2.1.4.2). */
export async function isConsistent(older: Tree, newer: Tree, path: readonly Hash[]): Promise<boolean> {
  if (older.size < 1 || older.size > newer.size) return false;
  if (older.size === newer.size) return path.length === 0 && same(older.root, newer.root);
  const full = Number.isInteger(Math.log2(older.size)) ? [older.root, ...path] : [...path];
  let [at, last] = [older.size - 1, newer.size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  const [first, ...rest] = full;
  if (!first) return false;
  let [before, after] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      [before, after] = [await nodeHash(hash, before), await nodeHash(hash, after)];
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      after = await nodeHash(after, hash);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(before, older.root) && same(after, newer.root);
}
