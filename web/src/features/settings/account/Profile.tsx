import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { updateMe } from '../../../api/auth';
import { errorText } from '../../../api/errors';
import type { AccountPatch, AccountView } from '../../../api/types';
import { entities } from '../../../entities/entities';
import { isEmail, isHandle } from '../../../lib/accountRules';
import { Avatar } from '../../../ui/Avatar';
import { Card } from '../../../ui/Card';
import { Notice } from '../../../ui/display';
import { Field } from '../../../ui/Field';
import { PageHead } from '../Frame';
import { SaveFoot } from '../SaveFoot';
import css from '../settings.module.css';
import { useTask } from '../useTask';

type Form = { name: string; handle: string; email: string };
const formOf = (me: AccountView): Form => ({ name: me.display_name, handle: me.handle, email: me.email ?? '' });

/** What differs from the account, as the server takes it. */
function patchOf(form: Form, me: AccountView): AccountPatch {
  const held = formOf(me);
  return {
    ...(form.name.trim() === held.name ? {} : { display_name: form.name.trim() }),
    ...(form.handle === held.handle ? {} : { handle: form.handle }),
    ...(form.email.trim() === held.email ? {} : { email: form.email.trim() }),
  };
}

/** How others see the person. */
export function Profile({ me }: { me: AccountView }) {
  const { t } = useLingui();
  const [form, setForm] = useState(() => formOf(me));
  const [tried, setTried] = useState(false);
  const [saved, setSaved] = useState(false);
  const task = useTask();
  const patch = patchOf(form, me);
  const changed = Object.keys(patch).length > 0;
  const faults = {
    display_name: form.name.trim() === '' ? t`Tell people your name.` : undefined,
    handle: isHandle(form.handle) ? undefined : t`2 to 32 characters: letters a–z, digits, dot, dash, underscore.`,
    email: form.email.trim() === '' || isEmail(form.email.trim()) ? undefined : t`This address is not complete.`,
  };
  const told = task.error?.code === 'name_taken' ? (task.error.problem.field ?? 'handle') : task.error?.problem.field;
  const fault = (field: keyof typeof faults) => {
    if (tried && faults[field] !== undefined) return faults[field];
    if (!task.error || told !== field) return undefined;
    // The rules that can be told here hold; what is left are the names the server keeps for itself.
    return field === 'handle' && task.error.code === 'invalid'
      ? t`This name is reserved. Choose another.`
      : errorText(task.error);
  };
  const change = (part: Partial<Form>) => {
    setForm({ ...form, ...part });
    setSaved(false);
  };
  const handleSave = async () => {
    setTried(true);
    if (!changed || Object.values(faults).some((text) => text !== undefined)) return;
    const done = await task.run(async () => {
      const account = await updateMe(patch);
      entities.ingest({ kind: 'account', account });
      setForm(formOf(account));
    });
    setSaved(done);
    if (done) setTried(false);
  };
  return (
    <>
      <PageHead title={t`Profile`} hint={t`How everybody who shares a workspace with you sees you.`} />
      <div className={css.profile}>
        <Card
          title={t`About you`}
          onSubmit={() => void handleSave()}
          foot={<SaveFoot done={saved && <Trans>Saved</Trans>} busy={task.busy} changed={changed} />}
        >
          {task.error && !(told && told in faults) && <Notice tone="danger" title={errorText(task.error)} />}
          <Field
            label={t`Name`}
            value={form.name}
            onChange={(name) => change({ name })}
            error={fault('display_name')}
            autoComplete="name"
            maxLength={80}
          />
          <Field
            label={t`Username`}
            prefix="@"
            value={form.handle}
            onChange={(handle) => change({ handle: handle.toLowerCase() })}
            error={fault('handle')}
            hint={t`People mention you by it, and you can sign in with it.`}
            autoComplete="username"
            maxLength={32}
            spellCheck="false"
          />
          <Field
            label={t`Email (optional)`}
            type="email"
            value={form.email}
            onChange={(email) => change({ email })}
            error={fault('email')}
            hint={t`Only you and administrators see it. You can sign in with it.`}
            autoComplete="email"
          />
        </Card>
        <Preview me={me} name={form.name.trim()} handle={form.handle} />
      </div>
    </>
  );
}

function Preview({ me, name, handle }: { me: AccountView; name: string; handle: string }) {
  const { t } = useLingui();
  return (
    <section className={css.preview} aria-label={t`Preview`}>
      <div className={css.banner} />
      <div className={css.previewBody}>
        <span className={css.previewAvatar}>
          <Avatar id={me.id} name={name} size={64} />
        </span>
        <h2 dir="auto">{name === '' ? t`Your name` : name}</h2>
        <p>@{handle}</p>
      </div>
    </section>
  );
}
