import { Trans } from '@lingui/react/macro';
import { Button } from '../../ui/Button';
import { KitBody, useKitTexts } from './KitBody';
import css from './kit.module.css';
import { useKitFlow } from './useKitFlow';

/** The recovery kit as a part of the set-up. Later is possible; administrators are reminded until it is done. */
export function KitStep({ onDone }: { onDone: () => void }) {
  const flow = useKitFlow();
  const { title, hint, next } = useKitTexts(flow);
  const done = flow.phase === 'done';
  return (
    <form
      className={css.step}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (done) onDone();
        else flow.next();
      }}
    >
      <header>
        <h1>{title}</h1>
        <p>{hint}</p>
      </header>
      <KitBody flow={flow} />
      <div className={css.stepFoot}>
        {!done && (
          <Button variant="ghost" size="l" onPress={onDone}>
            <Trans>Later</Trans>
          </Button>
        )}
        {flow.back && (
          <Button variant="ghost" size="l" onPress={flow.back}>
            <Trans>Show it again</Trans>
          </Button>
        )}
        <Button type="submit" variant="primary" size="l" busy={flow.busy}>
          {done ? <Trans>Continue</Trans> : next}
        </Button>
      </div>
    </form>
  );
}
