import { Trans, useLingui } from '@lingui/react/macro';
import { useMessage } from '../../entities/hooks';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { confirmDelete, useMessageWork } from './actions';
import css from './Message.module.css';

const MOST_SHOWN = 280;

/** Asks before a message is gone for everybody. */
export function DeleteDialog() {
  const { t } = useLingui();
  const id = useMessageWork((s) => s.deleting) ?? '';
  const message = useMessage(id);
  const close = () => useMessageWork.setState({ deleting: undefined });
  if (id === '' || !message) return null;
  const shown = message.text.length > MOST_SHOWN ? `${message.text.slice(0, MOST_SHOWN)}…` : message.text;
  return (
    <Dialog
      title={t`Delete this message?`}
      hint={t`It is gone for everybody, and cannot be brought back.`}
      onClose={close}
      foot={
        <>
          <Button variant="ghost" onPress={close}>
            <Trans>Keep it</Trans>
          </Button>
          <Button variant="danger" onPress={() => void confirmDelete(message)} autoFocus>
            <Trans>Delete message</Trans>
          </Button>
        </>
      }
    >
      <blockquote className={css.quote} dir="auto">
        {shown}
      </blockquote>
    </Dialog>
  );
}
