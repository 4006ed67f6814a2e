import { useLingui } from '@lingui/react/macro';
import css from './Strength.module.css';

const GOOD = 14;
const STRONG = 20;

export function strengthOf(password: string, least: number): 0 | 1 | 2 | 3 | 4 {
  const length = Array.from(password).length;
  if (length === 0) return 0;
  if (length < least) return 1;
  const variety = new Set(password.toLowerCase()).size;
  if (variety < 6) return 2;
  if (length < GOOD) return 2;
  return length < STRONG ? 3 : 4;
}

/** Four bars and a sentence. A guide for the person; what is accepted is decided by the server. */
export function Strength({ password, least }: { password: string; least: number }) {
  const { t } = useLingui();
  const n = strengthOf(password, least);
  const words = ['', t`Too short`, t`Fair`, t`Good`, t`Strong`];
  const tips = [
    t`At least ${least} characters. A short sentence is easy to remember and hard to guess.`,
    t`At least ${least} characters. Add a word or two.`,
    t`A few more words would make it much harder to guess.`,
    t`A good length.`,
    t`Long and hard to guess.`,
  ];
  return (
    <div className={css.strength}>
      <div className={css.bars} data-n={n} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </div>
      <p role="status">
        <span>{tips[n]}</span>
        {words[n] && <b>{words[n]}</b>}
      </p>
    </div>
  );
}
