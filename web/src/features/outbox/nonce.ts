/** A retry key: positive, 63 bits, time-sortable, chosen once per message and kept until it is answered. */
const EPOCH_MS = Date.UTC(2025, 0, 1);

export function newNonce(now: number = Date.now(), random: () => number = randomBits): string {
  return ((BigInt(Math.max(0, now - EPOCH_MS)) << 21n) | BigInt(random())).toString();
}

function randomBits(): number {
  const [bits = 1] = crypto.getRandomValues(new Uint32Array(1));
  return bits & 0x1f_ffff || 1;
}
