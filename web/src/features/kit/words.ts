/** The words a person is asked for, and whether what was typed is one of them. */

/** How many of the 24 are asked for: who guesses them has not kept the kit, and typing all right away teaches copying. */
export const ASKED = 3;
/** No two words of the list begin with the same four letters. */
const ENOUGH = 4;

function below(most: number): number {
  // Whoever watches must not know beforehand which words are enough; the bias of a remainder does not matter for that.
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number % most;
}

/** Different positions from 0, in their order. */
export function positions(total: number, count = ASKED, pick = below): number[] {
  const left = Array.from({ length: total }, (_, at) => at);
  const chosen = Array.from({ length: Math.min(count, total) }, () => left.splice(pick(left.length), 1)[0] ?? 0);
  return chosen.sort((a, b) => a - b);
}

export function isSame(typed: string, word: string): boolean {
  const plain = typed.trim().toLowerCase();
  return plain === word || (plain.length >= ENOUGH && word.startsWith(plain));
}
