import { useLingui } from '@lingui/react/macro';
import { Dialog } from '../ui/Dialog';
import css from './KeysDialog.module.css';

/** Every key the client knows, by where it works. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const groups: { name: string; keys: [string, string][] }[] = [
    {
      name: t`Everywhere`,
      keys: [
        ['Ctrl K', t`Jump to a channel or person`],
        ['Alt N', t`New message`],
        ['Alt ↑ ↓', t`Previous or next conversation`],
        ['Alt Shift ↑ ↓', t`Previous or next unread conversation`],
        ['F6', t`Next part of the window`],
        ['Ctrl ,', t`Settings`],
        ['Ctrl /', t`This list`],
      ],
    },
    {
      name: t`In the list of messages`,
      keys: [
        ['↑ ↓', t`Previous or next message`],
        ['Home End', t`First or last message`],
        ['Enter', t`Open the thread`],
        ['E', t`Edit`],
        ['U', t`Mark unread from here`],
        ['Del', t`Delete`],
        ['Esc', t`Back to the message box`],
      ],
    },
    {
      name: t`In the message box`,
      keys: [
        ['Enter', t`Send`],
        ['Shift Enter', t`New line`],
        ['↑', t`Edit your last message, when the box is empty`],
        ['Ctrl B, Ctrl I', t`Bold, italic`],
        ['Ctrl Shift X, C', t`Strikethrough, code`],
      ],
    },
  ];
  return (
    <Dialog title={t`Keyboard shortcuts`} onClose={onClose} reading>
      {groups.map((group) => (
        <section key={group.name} className={css.group}>
          <h3>{group.name}</h3>
          <dl>
            {group.keys.map(([keys, what]) => (
              <div key={keys + what}>
                <dt>{what}</dt>
                <dd>
                  <kbd>{keys}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
