import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { FileUp } from 'lucide-react';
import { FileTrigger } from 'react-aria-components';
import type { RecoveryKitView } from '../../api/types';
import { Button } from '../../ui/Button';
import { TextArea } from '../../ui/TextArea';
import css from './kit.module.css';

/** As much as the server takes. */
export const LONGEST_ENTRY = 16_384;

type Props = { kit: RecoveryKitView; text: string; onText: (text: string) => void; tried: boolean };

/** All words or enough shares of a kit, typed, pasted or read from its files. */
export function EnterKit({ kit, text, onText, tried }: Props) {
  const { t } = useLingui();
  const { needed, fingerprint } = kit;
  const handleFiles = async (files: FileList | null) => {
    const texts = await Promise.all([...(files ?? [])].map((file) => file.slice(0, LONGEST_ENTRY).text()));
    if (texts.length > 0) onText([text.trim(), ...texts].filter((part) => part !== '').join('\n'));
  };
  return (
    <>
      <TextArea
        label={kit.form === 'words' ? t`The 24 words` : t`The shares`}
        hint={
          kit.form === 'words'
            ? t`With spaces between them. The first four letters of each are enough.`
            : t`One below the other, spaces do not matter.`
        }
        value={text}
        onChange={onText}
        maxLength={LONGEST_ENTRY}
        error={tried && text.trim() === '' ? t`Enter the kit from your sheet.` : undefined}
        autoComplete="off"
        spellCheck="false"
        autoFocus
      />
      <div className={css.keep}>
        <FileTrigger allowsMultiple acceptedFileTypes={['text/plain']} onSelect={(files) => void handleFiles(files)}>
          <Button icon={FileUp}>{t`Read from files`}</Button>
        </FileTrigger>
        {kit.form === 'shares' && (
          <span className={css.fine}>
            <Plural value={needed} one="# share is needed." other="# shares are needed." />
          </span>
        )}
      </div>
      <p className={css.fine}>
        <Trans>
          It must be the kit with the fingerprint <code>{fingerprint}</code>
        </Trans>
      </p>
    </>
  );
}
