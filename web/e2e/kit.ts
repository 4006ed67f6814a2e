/** The recovery kit as a person meets it: made, kept, proven by some of its words. */
import type { Page } from 'playwright-core';

/** The words of a kit that is on screen, in their order. */
export async function wordsOf(page: Page): Promise<string[]> {
  await page.locator('ol[translate=no] li').nth(23).waitFor();
  return page.locator('ol[translate=no] li span:last-child').allTextContents();
}

/** Types the words that are asked for. */
export async function typeWords(page: Page, words: readonly string[]): Promise<void> {
  const fields = page.getByRole('textbox', { name: /^(Word|Wort) \d+$/ });
  await fields.first().waitFor();
  for (const field of await fields.all()) {
    const label = await field.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? '');
    await field.fill(words[Number(/\d+/.exec(label)?.[0]) - 1] ?? '');
  }
}

/** From the choice of a form to a kit that counts, in English. */
export async function makeKit(page: Page): Promise<string[]> {
  await page.getByRole('button', { name: 'Make the kit' }).click();
  const words = await wordsOf(page);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await typeWords(page, words);
  await page.getByRole('button', { name: 'Prove', exact: true }).click();
  await page.getByRole('heading', { name: 'The recovery kit counts' }).waitFor();
  return words;
}
