import { Trans, useLingui } from '@lingui/react/macro';
import { Download, Printer } from 'lucide-react';
import { createPortal } from 'react-dom';
import type { NewRecoveryKit } from '../../api/types';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/display';
import css from './kit.module.css';
import { type Sheet, save } from './sheet';
import { useSheets } from './useSheets';

/** What opens the kit, on screen this once: to write down, to print, to keep as a file. */
export function Secret({ made }: { made: NewRecoveryKit }) {
  const { t } = useLingui();
  const sheets = useSheets(made);
  const { fingerprint } = made.kit;
  return (
    <>
      <Notice tone="warn" title={t`This is shown once`}>
        <Trans>Whoever has it and a copy of the database can read everything. The server does not keep it.</Trans>
      </Notice>
      {made.words.length > 0 ? <Words words={made.words} /> : <Shares shares={made.shares} sheets={sheets} />}
      <p className={css.fine}>
        <Trans>
          Fingerprint <code>{fingerprint}</code>
        </Trans>
      </p>
      <div className={css.keep}>
        <Button icon={Printer} onPress={() => print()}>
          <Trans>Print</Trans>
        </Button>
        {made.words.length > 0 && (
          <Button icon={Download} onPress={() => sheets.forEach(save)}>
            <Trans>Save as a file</Trans>
          </Button>
        )}
      </div>
      {createPortal(
        <div className={css.sheets} aria-hidden="true">
          {sheets.map((sheet) => (
            <pre key={sheet.file}>{sheet.text}</pre>
          ))}
        </div>,
        document.body,
      )}
    </>
  );
}

function Words({ words }: { words: readonly string[] }) {
  const { t } = useLingui();
  return (
    <ol className={css.words} aria-label={t`The 24 words`} translate="no" dir="ltr">
      {words.map((word, at) => (
        <li key={at}>
          <span className={css.number}>{at + 1}</span> <span>{word}</span>
        </li>
      ))}
    </ol>
  );
}

function Shares({ shares, sheets }: { shares: readonly string[]; sheets: readonly Sheet[] }) {
  const { t } = useLingui();
  return (
    <ol className={css.shares} aria-label={t`The shares`}>
      {shares.map((share, at) => {
        const number = at + 1;
        const sheet = sheets[at];
        return (
          <li key={share}>
            <div>
              <strong>
                <Trans>Share {number}</Trans>
              </strong>
              {sheet && (
                <Button
                  size="s"
                  icon={Download}
                  onPress={() => save(sheet)}
                  aria-label={t`Save share ${number} as a file`}
                >
                  <Trans>Save</Trans>
                </Button>
              )}
            </div>
            <code translate="no" dir="ltr">
              {share}
            </code>
          </li>
        );
      })}
    </ol>
  );
}
