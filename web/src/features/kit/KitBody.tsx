import { Trans, useLingui } from '@lingui/react/macro';
import { errorText } from '../../api/errors';
import type { ApiError } from '../../api/problem';
import { Notice } from '../../ui/display';
import { ChooseForm } from './ChooseForm';
import { EnterKit } from './EnterKit';
import { ProveWords } from './ProveWords';
import { Secret } from './Secret';
import type { KitFlow, Phase } from './useKitFlow';

/** What each part of the way is called, and the sentence below it. */
export function useKitTexts(flow: KitFlow): { title: string; hint: string; next: string } {
  const { t } = useLingui();
  const shares = flow.wanted?.form === 'shares';
  const texts: Record<Phase, { title: string; hint: string; next: string }> = {
    choose: {
      title: t`Make a recovery kit`,
      hint: t`Everything people write is sealed by a key on this server. When that key is lost, the recovery kit brings it back; nothing else does.`,
      next: t`Make the kit`,
    },
    show: {
      title: shares ? t`Hand the shares out` : t`Write the words down`,
      hint: shares
        ? t`Each share goes to another person. Print them or save them as files.`
        : t`On paper, in this order. Or print the sheet.`,
      next: t`I have kept it`,
    },
    prove: {
      title: t`Show that you kept it`,
      hint: t`Type these words from your sheet. The kit counts from then on.`,
      next: t`Prove`,
    },
    enter: {
      title: t`Enter the recovery kit`,
      hint: shares ? t`Enter as many shares as open it. The kit counts from then on.` : t`The kit counts from then on.`,
      next: t`Prove`,
    },
    done: {
      title: t`The recovery kit counts`,
      hint: t`It opens the root key of this server. Keep it apart from the server and its backups.`,
      next: t`Done`,
    },
  };
  return texts[flow.phase];
}

/** What the server says of a kit that it did not take names the word or share, so it is shown as it is. */
export function KitFault({ error }: { error: ApiError | undefined }) {
  const { t } = useLingui();
  if (!error) return null;
  const told = error.code === 'invalid' || error.code === 'conflict';
  return told ? (
    <Notice tone="danger" title={t`The kit was not taken.`}>
      {error.problem.detail}
    </Notice>
  ) : (
    <Notice tone="danger" title={errorText(error)} />
  );
}

export function KitBody({ flow }: { flow: KitFlow }) {
  const { t } = useLingui();
  const { phase, made, wanted } = flow;
  return (
    <>
      <KitFault error={flow.error} />
      {phase === 'choose' && <ChooseForm order={flow.order} onChange={flow.setOrder} />}
      {phase === 'show' && made && <Secret made={made} />}
      {phase === 'prove' && made && (
        <ProveWords
          words={made.words}
          asked={flow.asked}
          typed={flow.typed}
          onType={flow.setTyped}
          tried={flow.tried}
        />
      )}
      {phase === 'enter' && wanted && (
        <EnterKit kit={wanted} text={flow.text} onText={flow.setText} tried={flow.tried} />
      )}
      {phase === 'done' && (
        <Notice tone="success" title={t`Proven`}>
          <Trans>Try it once a year: “plexichat keys kit prove” on the server, or here under Keys.</Trans>
        </Notice>
      )}
    </>
  );
}
